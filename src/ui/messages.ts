/** Texts that every interactive front end says alike. */

import type { NodeAnswer } from '../answers/schema.js';
import { ownCommand } from '../core/program.js';
import { type Remedy, sh } from '../core/remedy.js';
import type { RunView } from './flow/run-view.js';
import type { FlowState, RunKind } from './flow/state.js';
import type { RunResult, SavedAnswers, UnfinishedRun } from './wizard-port.js';

export const WELCOME: readonly string[] = [
  "This wizard takes you through the step by step guide of Moodle's Server cluster page: from caches at their default to caches that are right for your cluster, proven on every node.",
  'First it asks and looks around. Then it shows the exact list of changes, with the undo of each. Nothing is changed before you approve that list, and everything can be put back.',
];

/** The same where there are few rows. */
export const WELCOME_BRIEF: readonly string[] = [
  "The step by step guide of Moodle's Server cluster page, from caches at their default to caches that are right for your cluster.",
  'Nothing is changed before you approve the exact list of changes, and everything can be put back.',
];

/** What a Ctrl+C did, by its stage. */
export function formatInterrupted(stage: 1 | 2): string {
  return stage === 1
    ? 'Stopping after the change that is under way. Ctrl+C again within 3 seconds: abort at once.'
    : 'Aborting now. What was under way is unknown and is surveyed again on resume.';
}

/** A stopped process keeps no connection alive: what is under way would end as unknown. */
export const NO_SUSPEND = 'Not while changes are under way: Ctrl+C stops after the present one.';

/** How things stand when no run has come to an end. */
export function formatNoResult(run: RunView): string {
  return run.changes.some((c) => c.state !== 'open') ? 'The run was cut off: what was under way is unknown.' : 'Nothing was changed.';
}

/** Where the answers went. */
export function formatSaved(saved: SavedAnswers | { readonly error: string }): string {
  if ('error' in saved) return `The answers could not be saved: ${saved.error}`;
  if (saved.how === 'written') return `Answers saved in ${saved.path}, without passwords.`;
  return saved.how === 'nothing' ? 'Nothing was answered, so nothing was saved.' : `The answers in ${saved.path} are as they were.`;
}

/** Where the answers went, and how to come back. */
export function formatFarewell(saved: SavedAnswers | { readonly error: string }, resume: Remedy | null): readonly string[] {
  return [formatSaved(saved), ...(resume === null ? [] : [`To come back: ${resume}`])];
}

/** What becomes of a trial that is left as it is. */
export function formatRunningTrial(result: RunResult | null, now: number): readonly string[] {
  if (result?.outcome !== 'on-trial') return [];
  const left = result.trialEndsAt === undefined ? '' : `: ${formatTrialLeft(result.trialEndsAt, now)}`;
  return [`The trial goes on without this program${left}.`, `To keep the new mappings before that: ${ownCommand(sh`confirm`)}`];
}

/** Why a plan is shown in the middle of a run, by the kind of run. */
const ASKED_AGAIN = {
  apply: 'A later stage came out other than planned. This is to be done now:',
  verify: '',
  rollback: 'This is what would be put back:',
  resume: 'This is what is left to do:',
} as const;

/** What stands above a plan in the middle of a run. */
export function formatAsked(asking: NonNullable<FlowState['asking']>, kind: RunKind): string {
  return asking.situation === 'as-approved' ? 'The stage before is done. Next, as you approved it:' : ASKED_AGAIN[kind];
}

/** What is being done about a trial. */
export const ENDING = {
  keep: 'Keeping the new mappings.',
  revert: 'Putting the old mappings back on every node.',
  more: 'Asking the nodes for more time.',
} as const;

/** What a trial is, and what is watched meanwhile. */
export const TRIAL_HELP: readonly string[] = [
  'The new mappings are live, and not kept yet. Every Moodle node holds a copy of the old ones and puts them back by itself when the time is over, also if this program or the connection is gone.',
  'Look at the site now: log in, open a course, change something and see it on another node. What was proven on every node so far stands below.',
];

/** How long a trial goes on, in so few words that 60 columns hold them. */
export function formatTrialLeft(endsAt: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((endsAt - now) / 1000));
  return seconds === 0 ? 'the time is over, the old mappings come back' : `${seconds} s until the old mappings come back`;
}

/** What a run on record waits for. */
export function formatUnfinished(run: UnfinishedRun, now: number): string {
  const which = `Run ${run.run} on ${run.cluster}`;
  return run.trialEndsAt === undefined ? `${which} was left unfinished.` : `${which} is on trial: ${formatTrialLeft(run.trialEndsAt, now)}.`;
}

/** What going on with it means. */
export function formatResumeHelp(run: UnfinishedRun): string {
  return run.trialEndsAt === undefined
    ? 'Going on: every node is surveyed again, and what is left to do is shown before it is done. Nothing is repeated blindly.'
    : 'Going on: keep the new mappings, put the old ones back, or give the trial its time once more.';
}

/** Help for a kind of page, beside the keys. */
export const PAGE_HELP: Readonly<Record<string, readonly string[]>> = {
  welcome: [
    'The wizard follows the numbers of the guide: 1 needs, 2 services, 3 PHP modules, 4 store instances, 5 mappings. The site and its nodes come first.',
  ],
  unfinished: [
    'A run that stopped half-way is surveyed again before anything goes on: nothing is repeated blindly.',
    'One on trial is there to be decided; left alone, the nodes put the old mappings back at the end of its time.',
  ],
  question: [
    'Each answer is one key of the answers file, which is saved at the end: the same file drives runs without questions.',
    'Going back never loses an answer.',
  ],
  connect: [
    'Every node is reached once, while you answer: host key, login, becoming root, Moodle and what serves it. Nothing is changed there.',
    'A node left out stays as it is, and every report names it.',
  ],
  survey: ['Everything is read on every node over one connection each. "Is" and "must be" differ where something is to be done.'],
  advice: [
    'A decision for each cache definition: shared (one copy for all nodes), local (private to a node) or stacked (a local copy in front of the shared one).',
    'The reason of the chosen row stands below the table; d shows all of them in full, with what was measured. c changes who serves a definition.',
  ],
  review: ['Enter on a row changes that answer; what follows from it is asked again. Greyed rows are at their default.'],
  plan: [
    'This very list runs, in this order. A check stops the run when it does not hold.',
    'In diffs, lines with + come, lines with - go. Passwords are never shown.',
  ],
  run: ['Each row is a change on a node. Ctrl+C stops after the change that is under way; again within 3 seconds aborts; a third time leaves at once.'],
  result: ['Ready means: PHP on that node reached the store, in the web server and on the command line; the time is a write and a read.'],
};

/** What stands beside a node that takes no part. */
export function formatExcluded({ reason }: Pick<NodeAnswer, 'reason'>): string {
  return reason === undefined ? 'left out of this run' : `left out of this run: ${reason}`;
}
