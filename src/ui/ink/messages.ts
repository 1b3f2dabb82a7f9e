/** Texts of the full screen. */

import type { Ask } from './ui-state.js';

/** The status of each page. Narrow windows show the sentences that fit, so the first is the important one. */
export const STATUS = {
  searching: 'Searching this machine for Moodle…',
  oneReached: 'The node is reachable.',
  reaching: 'Connecting to every node: host key, login, root. Nothing is changed.',
  editing: 'Enter saves the answer and returns to the review.',
  surveyFailed: 'Survey failed. Fix the problem and try again, or go back.',
  refused: 'Fix these problems, then try again.',
  surveyed: 'Survey complete. Next: recommendations.',
  surveying: 'Surveying every node. Nothing is changed.',
  planning: 'Building the plan. Nothing is changed.',
  planFailed: 'Cannot build the plan. Fix the problem and try again, or go back.',
  nothingLeft: 'Nothing left to do. Press a to finish.',
  nothingToChange: 'Nothing to change. Press Enter to verify every node.',
  working: 'Working…',
  changeFailed: 'A change failed. Changes that depend on it are not started.',
  done: 'Done.',
  whatNext: 'What next?',
  nextStage: 'Run the next stage now?',
  advice: '* would change. Enter continues, c changes a row.',
  review: 'Nothing has changed yet. Press p to build the plan.',
  unfinished: 'What would you like to do? You review the remaining changes first.',
} as const;

/** `All 4 nodes are reachable.` */
export function formatAllReached(nodes: number): string {
  return nodes === 1 ? STATUS.oneReached : `All ${nodes} nodes are reachable.`;
}

/** At most three names; the number of more. */
export function formatNodes(names: readonly string[]): string {
  return names.length > 3 ? `${names.length} nodes` : names.join(', ');
}

/** What can be done about nodes that cannot be reached. */
export function formatNotReached(names: readonly string[], excludable: boolean): string {
  return `Cannot connect to ${formatNodes(names)}. Try again${excludable ? ', edit the nodes, or exclude' : ' or edit the nodes'}.`;
}

/** The same while questions are still being answered. */
export function formatNotReachedYet(names: readonly string[]): string {
  return `Cannot connect to ${formatNodes(names)}. Details follow these questions.`;
}

/** Nodes reached in the background. */
export function formatReaching(reached: number, total: number): string {
  return `Connecting to the nodes in the background: ${reached} of ${total}.`;
}

/** What follows below a plan in the middle of a run. */
export function formatAwaiting(summary: string, duringRun: boolean): string {
  return `${summary}. Nothing ${duringRun ? 'runs' : 'changes'} until you approve.`;
}

/** `Stage 2 of 3: PHP modules` */
export function formatStage(position: number, total: number, title: string): string {
  return `Stage ${position} of ${total}: ${title}`;
}

export const INPUT = {
  optional: 'optional',
  again: 'type it again',
  keep: 'empty: keep it',
  nextEntry: 'next entry, or Enter to complete the list',
  entryKeys: 'Enter edit · Backspace delete · ↓ add another',
  entryKeysAscii: 'Enter edit, Backspace delete, Down add another',
  noSuggestion: 'No more suggestions.',
  firstLineOnly: 'Only the first pasted line was inserted.',
  unavailable: 'Not available here. Press ? for the reason.',
  typeAgain: 'Type it again to confirm.',
  helpCut: ' (Tab: all)',
} as const;

/** What became of a pasted block. */
export function formatPasted(added: number, rejected: number, firstProblem: string): string {
  return rejected === 0 ? `${added} added.` : `${added} added, ${rejected} invalid; fix the first below: ${firstProblem}`;
}

export const RUN = {
  starting: 'Starting',
  done: 'done',
  undone: 'rolled back',
  waiting: 'waiting',
  notStarted: 'not started',
  failed: 'FAILED',
} as const;

/** `and 4 more nodes` */
export function formatMoreNodes(nodes: number): string {
  return `and ${nodes} more ${nodes === 1 ? 'node' : 'nodes'}`;
}

/** States of a node during the survey. */
export const NODE_STATES = {
  waiting: 'waiting',
  connecting: 'connecting',
  connected: 'connected',
  surveying: 'surveying',
  surveyed: 'surveyed',
  failed: 'FAILED',
} as const;

/** Beside a section where there is room: a colour or a symbol alone says too little. */
export const SECTION_STATES = { changed: 'changed', failed: 'FAILED', running: 'running', stopped: 'partly' } as const;

/** Before the line that is typed, and in it while it is empty. */
export const LINES: Readonly<Record<Ask, { readonly label: string; readonly hint: string }>> = {
  sure: { label: '', hint: '' },
  name: { label: 'Name', hint: '' },
  search: { label: 'Search', hint: '' },
  mapping: { label: 'Stores', hint: 'empty: recommended; else primary first, separated by commas' },
  which: { label: 'Exclude', hint: 'node names, separated by spaces' },
  reason: { label: '', hint: 'optional; shown in every report' },
  password: { label: '', hint: 'the password used by this run' },
};

/** Asks why nodes are excluded. */
export function formatReasonLabel(nodes: readonly string[]): string {
  return `Reason to exclude ${nodes.length > 2 ? `${nodes.length} nodes` : nodes.join(', ')}:`;
}

/** Asks for the cluster's name before changes that cannot be undone. */
export function formatIrreversiblePrompt(changes: number, cluster: string): string {
  return `${changes === 1 ? '1 change' : `${changes} changes`} cannot be undone. Type ${cluster} to run the plan.`;
}

/** The typed name is another one. */
export function formatWrongName(cluster: string): string {
  return `Wrong name. Type ${cluster}, or press Esc.`;
}

/** What became of the stores of a definition. */
export function formatMappingSet(definition: string, stores: string): string {
  return stores === '' ? `${definition}: recommended stores.` : `${definition}: ${stores}. The plan will use this.`;
}

export const SEARCH_EMPTY = 'Press / and type the text to find.';

/** `"redis" not found.` */
export function formatNotFound(search: string): string {
  return `"${search}" not found.`;
}

/** `"redis": match 2 of 7` */
export function formatMatch(search: string, match: number, matches: number): string {
  return `"${search}": match ${match} of ${matches}`;
}
