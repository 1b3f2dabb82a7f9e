/** Texts of the renderers. */

import { count } from '../../core/count.js';
import type { Place, SharedMeasure } from '../../core/measure.js';

export const ADVICE = {
  options: 'Available cache stores',
  unavailable: ' (not available)',
  serviceProposed: 'Recommended cache service',
  services: 'Cache services',
  modes: 'Default stores by mode',
  definitions: 'Definitions',
  columns: ['Definition', 'Where', 'Stores', 'Why'],
  provisional: 'Provisional: recalculated when services and PHP modules are installed.',
} as const;

/** `3 definitions stay unchanged.` */
export function formatUnchanged(definitions: number): string {
  return `${count(definitions, 'definition')} ${definitions === 1 ? 'stays' : 'stay'} unchanged.`;
}

export const CHECKS = {
  none: 'No checks were run.',
  allNodes: 'all nodes',
  ready: 'ready',
  failed: 'FAILED',
  unknown: 'unknown',
  onePassed: 'The one check passed',
  noCause: 'The node reported no cause.',
  related: '  Related results:',
  try: '  Try:',
} as const;

export const ERRORS = {
  where: '  Where: ',
  output: '  Output:',
  try: '  Try:',
} as const;

/** `  Last 5 lines of output:` */
export function formatLastOutput(lines: number): string {
  return `  Last ${count(lines, 'line')} of output:`;
}

/** `2 more problems:` */
export function formatFurther(problems: number): string {
  return `${count(problems, 'more problem')}:`;
}

/** The first part is what is being done, then how it ended. */
export const PROGRESS = {
  connect: ['connecting', 'connected', 'cannot connect'],
  survey: ['surveying', 'surveyed', 'survey failed'],
} as const;

export const FINDINGS = {
  none: 'No findings',
  levels: { blocks: 'BLOCKS', warning: 'warning', note: 'note', ok: 'ok' },
  allNodes: 'all',
  columns: ['', 'Node', 'What', 'Is', 'Must be', 'To do'],
} as const;

export const MEASURE = {
  places: { dataroot: 'shared disk', cachedir: 'cachedir', local: 'local disk', tmpfs: 'memory' } satisfies Readonly<Record<Place, string>>,
  none: 'not measured',
  throughPhp: 'through PHP',
  estimate: 'estimate',
  scale: 'Median time of one small read from each place; longer bars are slower. Logarithmic scale, the same for all nodes.',
  shared: 'Shared disk across nodes: ',
  locks: {
    seen: 'sees its locks',
    'not-seen': 'does NOT see its locks',
    failed: 'CANNOT lock files there',
    unknown: 'could not test its locks',
  } satisfies Readonly<Record<SharedMeasure['lookers'][number]['lock'], string>>,
} as const;

export const PLAN = {
  provisional: 'Provisional: planned again after the previous stage, and shown again if it differs.',
  upToDate: 'Everything is up to date.',
  nothing: 'nothing to change',
  allMoodleNodes: 'all Moodle nodes',
  requests: 'requests in flight may fail',
  newFile: 'new file',
  replaces: 'replaces the file',
  diffLater: 'The exact diff is generated before this stage runs; --verbose shows it.',
  noInterruption: 'No change interrupts the site.',
  reversible: 'Every change can be undone.',
  once: '  Then, once each: ',
} as const;

/** How many changes interrupt requests. */
export function formatInterruptions(changes: number): string {
  return `${count(changes, 'change')} may briefly interrupt requests, one node at a time.`;
}

/** How many changes cannot be undone. */
export function formatIrreversible(changes: number): string {
  return `${count(changes, 'change')} CANNOT BE UNDONE.`;
}

/** What a folded stage hides, and how to open it. */
export function formatFolded(parts: readonly string[], stage: number): string {
  return `${parts.join(', ')}. Collapsed: press ${stage} to expand.`;
}

export const REPORT = {
  why: 'Why',
  interruption: 'Expected interruption',
  none: 'None.',
  irreversible: 'Irreversible changes',
  noneIrreversible: 'None: every change can be undone.',
  duration: 'Duration',
  rollback: 'Rollback',
  rollbackHow:
    'moodle-cluster-wizard rollback --yes rolls back every change that can be undone. During a trial, the cache configuration rolls back automatically unless confirmed.',
  findings: 'Survey findings',
  plan: 'Plan',
} as const;
