/** Where a command's answers come from: the file given, or what the last run left in the site record of this machine. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAnswers } from '../answers/load.js';
import type { Answers } from '../answers/schema.js';
import type { Cluster } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { RECORD_ROOT } from '../records/paths.js';
import type { SiteCard } from '../records/site-record.js';

export interface LoadedAnswers {
  readonly answers: Answers;
  readonly cluster: Cluster;
  readonly file: string;
}

/** @throws WizardError `answers-invalid` with every fault, or `site-unknown` with the list of sites */
export function findAnswers(options: { readonly answers?: string; readonly site?: string }): LoadedAnswers {
  return options.answers === undefined ? fromSiteRecord(options.site) : fromFile(options.answers);
}

function fromFile(file: string): LoadedAnswers {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WizardError('usage', `Cannot read the answers file ${file}: ${(cause as Error).message}`, {
      cause,
      remedies: ['Make one with: moodle-cluster-wizard answers init > answers.yaml'],
    });
  }
  return { ...loadAnswers(text, file), file };
}

function sites(): readonly SiteCard[] {
  const root = join(RECORD_ROOT, 'sites');
  try {
    return readdirSync(root).flatMap((id) => {
      try {
        return [JSON.parse(readFileSync(join(root, id, 'site.json'), 'utf8')) as SiteCard];
      } catch {
        return [];
      }
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return [];
    throw new WizardError('not-allowed', `The site records under ${root} can be read by root only.`, { remedies: ['Run as root, or give --answers FILE.'] });
  }
}

function fromSiteRecord(wanted: string | undefined): LoadedAnswers {
  const known = sites();
  const found = wanted === undefined ? known : known.filter((s) => s.site === wanted);
  const [site] = found;
  if (site && found.length === 1) return fromFile(join(RECORD_ROOT, 'sites', site.site, 'answers.yaml'));
  const list = known.map((s) => `${s.site}  ${s.cluster}  ${s.dirroot}  ${s.wwwroot}`);
  if (known.length === 0) {
    throw new WizardError('site-unknown', 'No site is on record on this machine.', { remedies: ['Give --answers FILE, or run this on the main node.'] });
  }
  throw new WizardError('site-unknown', wanted === undefined ? 'Several sites are on record on this machine.' : `No site "${wanted}" is on record on this machine.`, {
    evidence: list,
    remedies: ['Choose one with --site ID.'],
  });
}
