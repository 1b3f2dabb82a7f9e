/** The sections of the wizard: the site, its nodes, a section for each step of the track, the run. */

import type { StepTitle, TrackTitles } from '../../track/titles.js';

export interface SectionInfo {
  /** The id of a step, or of what comes before and after them. */
  readonly id: string;
  /** The guide's number; empty where the guide has none. */
  readonly number: string;
  readonly short: string;
  readonly title: string;
  /** The title where 60 columns must hold it beside the cluster's name. */
  readonly brief: string;
  /** What comes after it, for the header. */
  readonly next: string;
  /** The stage of a run that does what it asks; null where there is none. */
  readonly stage: string | null;
}

type Named = Omit<SectionInfo, 'next'>;

const SITE: Named = { id: 'site', number: '', short: 'Site', title: 'Your Moodle site', brief: 'Your Moodle site', stage: null };
const NODES: Named = { id: 'nodes', number: '', short: 'Nodes', title: 'The nodes of the cluster', brief: 'The nodes', stage: null };
const RUN: Named = { id: 'run', number: '', short: 'Run', title: 'Review, approve, apply, verify', brief: 'Review and run', stage: null };

const stepSection = ({ id, number, short, title, brief, stage }: StepTitle): Named => ({ id, number, short, title, brief, stage });

/** In the middle of a line: a word that is no abbreviation begins small. */
const inner = (text: string) => (/^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text);

/** The sections of a track, in order. */
export function sectionsOf(track: TrackTitles): readonly SectionInfo[] {
  const all = [SITE, NODES, ...track.steps.map(stepSection), RUN];
  return all.map((section, i) => {
    const after = all[i + 1];
    const next = after === undefined ? '' : after === RUN ? 'review; nothing is changed yet' : inner(after.brief);
    return { ...section, next };
  });
}
