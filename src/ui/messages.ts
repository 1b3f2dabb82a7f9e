/** Texts that every interactive front end shares. */

import type { NodeAnswer } from '../answers/schema.js';
import { ownCommand } from '../core/program.js';
import { type Remedy, sh } from '../core/remedy.js';
import type { TrackTitles } from '../track/titles.js';
import type { RunView } from './flow/run-view.js';
import type { FlowState, RunKind } from './flow/state.js';
import type { RunResult, SavedAnswers, UnfinishedRun } from './wizard-port.js';

export const PRODUCT = 'Moodle cluster wizard';

const GUIDE = "This wizard follows the step-by-step guide of Moodle's Server cluster page.";

/** Two paragraphs: what the wizard does on this track, and that nothing changes yet. `brief`: for windows with few rows. */
export function formatWelcome({ purpose }: TrackTitles, brief: boolean): readonly [string, string] {
  const first = `${GUIDE} ${purpose}`;
  if (brief) return [first, 'Nothing changes until you approve the plan, which shows every change and how it is undone.'];
  return [
    first,
    'It asks a few questions, surveys the nodes, and shows a plan: every change, and how each one is undone. Nothing changes until you approve the plan. Changes that cannot be rolled back are marked.',
  ];
}

export const EMPTY_LOG = 'The log is empty.';
export const NO_LOG_HERE = 'The log of this run is on another machine.';
export const RESUME_THERE = 'Resume it on that machine.';
export const ANSWER_REQUIRED = 'An answer is required.';
export const PASSWORDS_DIFFER = 'The passwords differ. Type them again.';

/** What a Ctrl+C did, by its stage. */
export function formatInterrupted(stage: 1 | 2): string {
  return stage === 1 ? 'Stopping after the current change. Ctrl+C again: abort.' : 'Aborting. The outcome of the current change is unknown.';
}

/** A stopped process keeps no connection alive: the current change would end as unknown. */
export const NO_SUSPEND = 'Cannot suspend during a run. Press Ctrl+C to stop after the current change.';

/** What is known when no run has ended. */
export function formatNoResult(run: RunView): string {
  return run.changes.some((c) => c.state !== 'open') ? 'The run was interrupted: the outcome of the current change is unknown.' : 'Nothing was changed.';
}

/** Where the answers were saved. */
export function formatSaved(saved: SavedAnswers | { readonly error: string }): string {
  if ('error' in saved) return `Cannot save the answers: ${saved.error}`;
  if (saved.how === 'written') return `Answers saved in ${saved.path}, without passwords.`;
  return saved.how === 'nothing' ? 'No answers given, nothing saved.' : `Answers in ${saved.path} are unchanged.`;
}

/** Where the answers were saved, and how to resume. */
export function formatFarewell(saved: SavedAnswers | { readonly error: string }, resume: Remedy | null): readonly string[] {
  return [formatSaved(saved), ...(resume === null ? [] : [`To resume: ${resume}`])];
}

/** What happens to a trial that is still running when the wizard ends. */
export function formatRunningTrial(result: RunResult | null, now: number): readonly string[] {
  if (result?.outcome !== 'on-trial') return [];
  const left = result.trialEndsAt === undefined ? '' : `: ${formatTrialLeft(result.trialEndsAt, now)}`;
  return [`The trial continues without the wizard${left}.`, `To keep the new mappings: ${ownCommand(sh`confirm`)}`];
}

/** Why a plan is shown in the middle of a run, by the kind of run. */
const ASKED_AGAIN = {
  apply: 'A later stage has changed since the plan. Review it again:',
  verify: '',
  rollback: 'These changes will be rolled back:',
  resume: 'These changes remain:',
} as const;

/** The heading of a plan in the middle of a run. */
export function formatAsked(asking: NonNullable<FlowState['asking']>, kind: RunKind): string {
  return asking.situation === 'as-approved' ? 'The previous stage is complete. Next, as approved:' : ASKED_AGAIN[kind];
}

/** What is being done about a trial. */
export const ENDING = {
  keep: 'Keeping the new mappings…',
  revert: 'Rolling back the mappings on every node…',
  more: 'Extending the trial…',
} as const;

/** What a trial is, and what to check meanwhile. */
export const TRIAL_HELP: readonly string[] = [
  'Every Moodle node holds a copy of the previous mappings. It restores them when the time is up, even without this program or the connection.',
  'Check the site now: log in, open a course, change something and check it on another node.',
];

/** The time left of a trial, short enough for 60 columns. */
export function formatTrialLeft(endsAt: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((endsAt - now) / 1000));
  return seconds === 0 ? 'time is up, automatic rollback' : `${seconds} s until automatic rollback`;
}

/** The state of a run on record. */
export function formatUnfinished(run: UnfinishedRun, now: number): string {
  const which = `Run ${run.run} on ${run.cluster}`;
  return run.trialEndsAt === undefined ? `${which} is unfinished.` : `${which} is on trial: ${formatTrialLeft(run.trialEndsAt, now)}.`;
}

/** What resuming it does. */
export function formatResumeHelp(run: UnfinishedRun): string {
  return run.trialEndsAt === undefined
    ? 'Resume surveys every node again and shows the remaining changes before they run. No change is repeated without a check.'
    : 'Resume lets you keep the new mappings, roll them back, or extend the trial.';
}

/** Help of each kind of page that is the same on every track, above its keys. */
const PAGE_HELP: Readonly<Record<string, readonly string[]>> = {
  unfinished: [
    'Resume surveys the nodes again before anything runs. No change is repeated without a check.',
    'A run on trial waits for your decision. Without one, the nodes roll back automatically when the time is up.',
  ],
  question: [
    'Each answer is one key of the answers file, which is saved when you quit. Use the same file for runs without questions.',
    'Going back never loses an answer.',
  ],
  connect: [
    'Each node is tested once: host key, login, root privileges, Moodle and its web server. Nothing is changed.',
    'An excluded node stays unchanged, and every report lists it.',
  ],
  survey: ['Every node is read over one connection. "Is" and "Must be" differ where a change is needed.'],
  advice: [
    'Each cache definition gets a placement: shared (one copy for all nodes), local (one copy on each node) or stacked (a local copy in front of the shared one).',
    'The reason for the selected row is below the table. d shows all reasons and measurements. c changes the stores of a definition.',
  ],
  review: ['Press Enter on a row to change that answer; questions that depend on it are asked again. Dimmed rows have their default.'],
  plan: [
    'Exactly this list runs, in this order. A check that fails stops the run.',
    'In diffs, + marks added lines and - removed lines. Passwords are never shown.',
  ],
  run: ['Each row is a node, each mark a change. Ctrl+C stops after the current change. Press it again within 3 s to abort, a third time to quit at once.'],
  result: ['"ready": PHP on that node reached the store from the web server and the command line. The time is for one write and one read.'],
};

/** Help of a page, by its kind. */
export function pageHelp(kind: string, { steps }: TrackTitles): readonly string[] {
  if (kind !== 'welcome') return PAGE_HELP[kind] ?? [];
  return [`The numbers are those of the guide: ${steps.map((s) => `${s.number} ${s.short}`).join(', ')}. Site and nodes come first.`];
}

/** What is shown for a node that does not take part. */
export function formatExcluded({ reason }: Pick<NodeAnswer, 'reason'>): string {
  return reason === undefined ? 'excluded' : `excluded: ${reason}`;
}

/** Why a plan does not run without questions. */
export const NOT_APPROVED = {
  differs: 'Not approved: a later stage has changed since the plan, and questions are disabled.',
  noYes: 'Not approved. Add --yes to run this plan.',
} as const;

/** Why changes that cannot be undone do not run. */
export function formatIrreversibleRefused(changes: readonly string[]): string {
  return `Not approved: ${changes.join(', ')} cannot be undone. Add --allow-irreversible to run this plan.`;
}

/** Why a simpler front end runs than the full screen. */
export const PLAIN_REASONS = {
  notTerminal: 'Standard input is not a terminal: questions are disabled.',
  output: 'Plain mode: standard output is not a terminal.',
  ci: 'Plain mode: CI is set.',
} as const;

/** A terminal without cursor control. */
export function formatDumbTerminal(term: string): string {
  return `Plain mode: this terminal (TERM=${term || 'unset'}) cannot move its cursor.`;
}

/** A window smaller than the full screen needs; sizes in characters. */
export function formatSmallWindow(columns: number, rows: number, minColumns: number, minRows: number): string {
  return `Plain mode: the window is ${columns} × ${rows} characters; the full screen needs ${minColumns} × ${minRows}.`;
}
