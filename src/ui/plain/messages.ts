/** Texts of the line-by-line front end. */

export const COMMANDS_HELP = 'In any answer: :back goes back, :help explains, :save saves the answers, :quit saves and quits.';

/** Titles of menus' choices: at most a few words, an explanation behind a colon. */
export const MENU = {
  start: 'Start',
  next: 'Continue',
  back: 'Back',
  zero: '  0. Back',
  resume: 'Resume: shows the remaining changes before they run',
  decide: 'Resume: keep the new mappings, roll them back, or extend the trial',
  viewLog: 'View log',
  rollback: 'Roll back',
  startOver: 'Start over: surveys the site and asks every question again; the restore point stays',
  retryNodes: 'Try failed nodes again',
  editNodes: 'Edit nodes and login',
  tryAgain: 'Try again',
  saveQuit: 'Save and quit',
  allDefinitions: 'Show every definition with its reason',
  verify: 'Verify every node',
  backToReview: 'Back to the review',
  declinePlan: 'Back to the review: change nothing',
  quit: 'Quit',
  approve: 'Approve and run',
  runNextStage: 'Run the next stage',
  byStage: 'Approve stage by stage: asks before each later stage',
  saveQuitUnchanged: 'Save and quit: change nothing',
  stopHere: 'Stop here: completed changes stay; resume or roll them back later',
  decline: 'Decline: do not run this plan',
  keep: 'Keep the new mappings',
  moreTime: 'More time: restart the countdown of the trial',
  revert: 'Roll back now (without a decision, the nodes roll back automatically)',
  replan: 'Try again: survey and plan again; completed changes are not repeated',
  rollbackRun: 'Roll back the changes of this run',
  openCheck: 'Open a failed check: cause, related results, what to try',
  log: 'Show the last log lines',
  leave: 'Quit: leave everything as it is',
} as const;

/** Excludes nodes; `replan`: plans again without them. */
export function formatExclude(nodes: readonly string[], replan: boolean): string {
  return `Exclude ${nodes.join(', ')}${replan ? ' and plan again' : ''} (every report lists ${nodes.length === 1 ? 'it' : 'them'})`;
}

export const PROMPT = {
  number: 'Number',
  numberOrEmpty: 'Number (empty: build the plan)',
  numbers: 'Numbers, separated by commas',
  none: 'none',
  answer: 'Answer',
  clearable: 'Answer (- for none)',
  optional: 'Answer (empty for none)',
  yesNo: 'yes or no',
  password: 'Password',
  passwordKeep: 'Password (empty: keep it)',
  again: 'Type it again',
  name: 'Name',
  exclude: 'Exclude which nodes? Names, separated by spaces',
  reason: 'Reason, shown in every report (empty for none)',
  notShown: '(not shown)',
} as const;

/** Asks for a password that cannot be read. */
export function formatMissingPassword(name: string): string {
  return `${name}: the password used by this run`;
}

/** Which numbers a menu takes. */
export function formatNumberRange(from: number, to: number, orEmpty = false): string {
  return `Type a number from ${from} to ${to}${orEmpty ? ', or nothing' : ''}.`;
}

export const CHOICE = { standard: ' (default)', unavailable: ' (not available)', chosen: ' (selected)' } as const;

export const SAY = {
  answerRequired: 'An answer is required. :back goes back.',
  yesOrNo: 'Type yes or no.',
  cannotGoBack: 'You cannot go back from here.',
  surveying: 'Surveying every node. Nothing is changed.',
  planning: 'Building the plan. Nothing is changed.',
  review: 'Review',
  recommendations: 'Recommendations',
  reviewHelp: 'Type a number to change that answer. Press Enter to build the plan; nothing changes until you approve it.',
  emptyList: '  The list is empty.',
  known: '  Suggestions: ',
  rejected: '  Rejected: ',
} as const;

/** A choice that is not available, and why. */
export function formatUnavailable(reason: string): string {
  return `Not available: ${reason}.`;
}

/** A choice that is not in the list. */
export function formatNoChoice(text: string): string {
  return `"${text}" is not one of the choices. Type numbers separated by commas, or none.`;
}

/** How a list is typed. */
export function formatListHelp(example: string): string {
  return `One entry a line, for example: ${example}. -2 deletes entry 2. An empty line completes the list. :back goes back.`;
}

/** Entries left in a list. */
export function formatEntries(entries: number): string {
  return `  ${entries} ${entries === 1 ? 'entry' : 'entries'} left.`;
}

/** Asks for the cluster's name before changes that cannot be undone. */
export function formatIrreversiblePrompt(changes: number, cluster: string): string {
  return `${changes === 1 ? '1 change' : `${changes} changes`} cannot be undone. Type the name of the cluster (${cluster}) to continue.`;
}

/** The typed name is another one. */
export function formatWrongName(cluster: string): string {
  return `Type ${cluster}, or :back.`;
}

/** The trial that follows a plan's approval. */
export function formatTrialNote(seconds: number): string {
  return ` (then a trial of ${seconds} s)`;
}
