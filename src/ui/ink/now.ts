/** Which keys work at the moment, and the status line above them. Pure. */

import { effects, irreversibleOf, type Plan } from '../../core/change.js';
import { excludableNodes, failedTrials } from '../flow/exclude.js';
import { lookingWords, runProgress } from '../flow/run-view.js';
import { activeNodeNames, allReached, currentPage, notReached, triesNodes } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import type { KeyCommand, KeyScreen } from '../keys.js';
import { ENDING, formatInterrupted, formatTrialLeft } from '../messages.js';
import { failedCells } from '../text/render-cell.js';
import { planSummary, shownStages } from '../text/render-plan.js';
import { duration } from '../text/render-style.js';
import { formatAllReached, formatAwaiting, formatNotReached, formatNotReachedYet, formatReaching, STATUS } from './messages.js';
import type { Message, UiState } from './ui-state.js';

/** The plan that waits for approval, if one does. */
export function openPlan(flow: FlowState): { readonly plan: Plan; readonly irreversible: readonly string[] } | null {
  if (flow.asking) return flow.asking;
  return flow.plan.state === 'done' ? { plan: flow.plan.value, irreversible: irreversibleOf(flow.plan.value) } : null;
}

/** What receives the keys. */
export function keyScreen(flow: FlowState, ui: UiState): KeyScreen {
  if (ui.overlay === 'checks' && !ui.cell.open) return 'checks';
  if (ui.overlay) return 'overlay';
  if (ui.ask) return ui.ask === 'mapping' || ui.ask === 'which' || ui.ask === 'reason' ? 'text' : ui.ask === 'password' ? 'secret' : ui.ask;
  if (flow.asking) return 'asked';
  const { kind } = currentPage(flow);
  if (kind !== 'question') return kind;
  if (ui.input.kind === 'select' && ui.input.state.other) return 'text';
  return ui.input.kind === 'none' ? 'text' : ui.input.kind;
}

function onResult(flow: FlowState): readonly KeyCommand[] {
  const { result, run } = flow;
  const onTrial = result?.outcome === 'on-trial';
  const changed = run.changes.some((c) => !c.gate && c.state !== 'open' && c.state !== 'skipped');
  return [
    ...(onTrial ? (['accept', 'retry', 'rollback'] as const) : (['keep', 'revert', 'more-time'] as const)),
    // One decision is being carried out: a second would be refused.
    ...(flow.ending === null ? [] : (['keep', 'revert', 'more-time'] as const)),
    ...(result?.exitCode === 0 ? (['retry'] as const) : []),
    ...(failedCells(run.checks).length === 0 ? (['checks'] as const) : []),
    ...(excludableNodes(flow).length === 0 ? (['leave-out'] as const) : []),
    ...(onTrial || !changed || result?.outcome === 'reverted' || (flow.runKind === 'rollback' && result?.exitCode === 0) ? (['rollback'] as const) : []),
  ];
}

/** Stage by stage is offered where more than one stage is left, and only once; a rollback runs as a whole. */
function withoutStages(flow: FlowState): readonly KeyCommand[] {
  const open = openPlan(flow);
  const once = flow.asking && (flow.asking.situation === 'as-approved' || flow.runKind === 'rollback');
  return open && shownStages(open.plan).length > 1 && !once ? [] : ['by-stage'];
}

/** Commands that do nothing while a line at the foot is typed: then Tab opens no help. */
export function withoutAsked(flow: FlowState): readonly KeyCommand[] {
  return ['help', ...withoutStages(flow)];
}

/** Commands that do nothing at the moment. */
export function withoutCommands(flow: FlowState): readonly KeyCommand[] {
  if (flow.asking) return [];
  switch (currentPage(flow).kind) {
    case 'welcome':
      return [];
    case 'unfinished':
      return flow.unfinished?.here === false ? ['resume', 'rollback'] : [];
    case 'connect':
      return [
        ...(allReached(flow) ? [] : (['accept'] as const)),
        ...(notReached(flow).length > 0 ? [] : (['retry'] as const)),
        ...(failedTrials(flow).length > 0 ? [] : (['leave-out'] as const)),
      ];
    case 'survey': {
      const blocked = flow.survey.state !== 'done' || flow.survey.value.refusals.length > 0;
      return [...(blocked ? (['accept'] as const) : []), ...(flow.survey.state === 'running' ? (['retry', 'all'] as const) : [])];
    }
    case 'plan': {
      if (flow.plan.state !== 'done') return ['approve', 'done', 'all', 'search', 'fold', ...(flow.plan.state === 'failed' ? [] : (['retry'] as const))];
      return ['retry', ...(effects(flow.plan.value).length === 0 ? (['approve', 'fold'] as const) : (['done'] as const))];
    }
    case 'result':
      return onResult(flow);
    default:
      return [];
  }
}

const say = (text: string, tone: Message['tone'] = 'dim'): Message => ({ text, tone });

function connectLine(flow: FlowState): Message {
  const names = activeNodeNames(flow);
  const tasks = names.map((n) => flow.trials[n]);
  const failed = notReached(flow);
  if (allReached(flow)) return say(formatAllReached(names.length), 'good');
  if (tasks.some((t) => t === undefined || t.state === 'running' || t.state === 'idle')) return say(STATUS.reaching);
  return say(formatNotReached(failed, failedTrials(flow).length > 0), 'bad');
}

/** The result so far of nodes that are tested behind a question. */
function questionLine(flow: FlowState): Message {
  if (flow.editing) return say(STATUS.editing);
  if (!triesNodes(flow)) return say('');
  const names = activeNodeNames(flow);
  const failed = notReached(flow);
  if (failed.length > 0) return say(formatNotReachedYet(failed), 'bad');
  const reached = names.filter((n) => flow.trials[n]?.state === 'done').length;
  return reached === names.length ? connectLine(flow) : say(formatReaching(reached, names.length));
}

function elapsed(startedAt: number, now: number): string {
  return now - startedAt >= 3000 ? ` ${duration(Math.floor((now - startedAt) / 1000) * 1000)}` : '';
}

function surveyLine(flow: FlowState, now: number): Message {
  const task = flow.survey;
  if (task.state === 'failed') return say(STATUS.surveyFailed, 'bad');
  if (task.state === 'done' && task.value.refusals.length > 0) return say(STATUS.refused, 'bad');
  if (task.state === 'done') return say(STATUS.surveyed);
  return say(`${STATUS.surveying}${task.state === 'running' ? elapsed(task.startedAt, now) : ''}`);
}

function planLine(flow: FlowState, now: number): Message {
  const open = openPlan(flow);
  if (flow.plan.state === 'running' && !flow.asking) return say(`${STATUS.planning}${elapsed(flow.plan.startedAt, now)}`);
  if (flow.plan.state === 'failed' && !flow.asking) return say(STATUS.planFailed, 'bad');
  if (!open) return say('');
  if (flow.asking && effects(open.plan).length === 0) return say(STATUS.nothingLeft, 'good');
  if (effects(open.plan).length === 0) return say(STATUS.nothingToChange, 'good');
  return say(formatAwaiting(planSummary(open.plan), flow.asking !== null), 'warn');
}

function runLine(flow: FlowState): Message {
  if (flow.interrupted > 0) return say(formatInterrupted(flow.interrupted as 1 | 2), 'warn');
  const { done, total, failed } = runProgress(flow.run);
  if (failed > 0) return say(STATUS.changeFailed, 'bad');
  const looking = lookingWords(flow.run);
  return say([total === 0 ? (looking === '' ? STATUS.working : '') : `${done} of ${total} done.`, looking].filter((w) => w !== '').join(' '));
}

function resultLine(flow: FlowState, now: number): Message {
  const { result } = flow;
  if (flow.ending !== null) return say(ENDING[flow.ending]);
  if (result?.outcome === 'on-trial') return say(`On trial${result.trialEndsAt === undefined ? '' : `: ${formatTrialLeft(result.trialEndsAt, now)}`}.`, 'warn');
  return result?.exitCode === 0 ? say(STATUS.done, 'good') : say(STATUS.whatNext, 'warn');
}

/** The line above the keys. `now`: epoch milliseconds. */
export function statusLine(flow: FlowState, ui: UiState, now: number): Message {
  if (ui.overlay) return say('');
  if (ui.ask === 'sure') {
    const open = openPlan(flow);
    return say(flow.asking?.situation === 'as-approved' ? STATUS.nextStage : `Run ${open ? planSummary(open.plan) : 'the plan'} now?`, 'warn');
  }
  if (ui.message) return ui.message;
  if (flow.asking) return planLine(flow, now);
  switch (currentPage(flow).kind) {
    case 'welcome':
      return say(flow.sites.state === 'running' ? STATUS.searching : '');
    case 'connect':
      return connectLine(flow);
    case 'survey':
      return surveyLine(flow, now);
    case 'advice':
      return say(STATUS.advice);
    case 'review':
      return say(STATUS.review);
    case 'plan':
      return planLine(flow, now);
    case 'run':
      return runLine(flow);
    case 'result':
      return resultLine(flow, now);
    case 'unfinished':
      return say(STATUS.unfinished, 'warn');
    case 'question':
      return questionLine(flow);
  }
}
