/** The one step: a file on every node, with an undo and a check. */

import { createHash } from 'node:crypto';
import type { Answers } from '../../../../src/answers/schema.js';
import type { Change } from '../../../../src/core/change.js';
import type { Check } from '../../../../src/core/check.js';
import { activeNodes } from '../../../../src/core/cluster.js';
import { remedy } from '../../../../src/core/remedy.js';
import type { PlanInput, Step } from '../../../../src/track/step.js';
import type { MarkerAnswers } from './answers.js';
import { MARKER_STEP } from './titles.js';

const FOLDER = '/etc/moodle-cluster-wizard';
export const MARKER_FILE = `${FOLDER}/marker.conf`;
export const MARKER_PATHS = [FOLDER, MARKER_FILE];

function contentOf(answers: Answers): string {
  const { marker } = answers as Answers & { readonly marker?: MarkerAnswers };
  return marker === undefined ? '' : `${marker.text}\n${marker.owner === undefined ? '' : `Responsible: ${marker.owner}\n`}`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function changesOf(input: PlanInput, node: string): readonly Change[] {
  const content = contentOf(input.answers);
  const paths = input.facts.nodes[node]?.paths ?? {};
  const is = paths[MARKER_FILE];
  const base = { node, step: MARKER_STEP.id, lane: 'serial', risk: 'low', notifies: [] } as const;
  if (content === '' || (is?.exists && is.sha256 === sha256(content))) return [];
  const folder: Change = {
    ...base,
    id: `directory:${node}:${FOLDER}`,
    kind: 'directory',
    what: `Create ${FOLDER}`,
    why: 'The marker file stands there.',
    after: [],
    undo: remedy`The folder is removed when it is empty.`,
    path: FOLDER,
    mode: 0o755,
    owner: 'root',
    group: 'root',
  };
  const file: Change = {
    ...base,
    id: `file:${node}:${MARKER_FILE}`,
    kind: 'file',
    what: `Write ${MARKER_FILE}`,
    why: 'Every node says which cluster it belongs to.',
    after: paths[FOLDER]?.exists ? [] : [folder.id],
    undo: remedy`The former file is restored, or the file is removed.`,
    path: MARKER_FILE,
    content,
    mode: 0o644,
    owner: 'root',
    group: 'root',
    before: is?.exists ? (is.sha256 ?? null) : null,
    holdsSecret: false,
  };
  return paths[FOLDER]?.exists ? [file] : [folder, file];
}

function check(input: PlanInput, node: string): Check {
  const is = input.facts.nodes[node]?.paths[MARKER_FILE];
  const common = { id: `marker:${node}`, node, step: MARKER_STEP.id, subject: 'Marker file' };
  if (is === undefined) return { ...common, status: 'unknown', detail: 'this node was not surveyed' };
  if (is.exists && is.sha256 === sha256(contentOf(input.answers))) return { ...common, status: 'passed', detail: 'up to date' };
  return { ...common, status: 'failed', detail: is.exists ? 'another text' : 'missing', remedy: remedy`Apply the plan.` };
}

export const markerStep: Step = {
  ...MARKER_STEP,
  plan: (input) => ({
    changes: activeNodes(input.cluster).flatMap(({ name }) => changesOf(input, name)),
    findings: [],
    refusals: [],
    edits: null,
  }),
  verify: (input) => activeNodes(input.cluster).map(({ name }) => check(input, name)),
};
