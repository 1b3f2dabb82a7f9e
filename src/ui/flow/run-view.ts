/** Events of a run turned into what a screen shows. Pure: the time is handed in. */

import type { Plan, StageId } from '../../core/change.js';
import type { Check } from '../../core/check.js';
import type { WizardEvent } from '../../core/events.js';
import { formatNode } from '../text/render-plan.js';
import { clean } from '../text/width.js';

export type ChangeState = 'open' | 'running' | 'done' | 'failed' | 'skipped' | 'undone';

export interface RunChange {
  readonly id: string;
  readonly node: string;
  readonly stage: StageId | null;
  readonly what: string;
  readonly gate: boolean;
  readonly state: ChangeState;
  /** Epoch milliseconds. */
  readonly startedAt: number | null;
  readonly ms: number | null;
  readonly detail: string;
}

export type NodeState = 'waiting' | 'connecting' | 'connected' | 'surveying' | 'surveyed' | 'failed';

export interface RunView {
  readonly startedAt: number | null;
  readonly nodes: Readonly<Record<string, { readonly state: NodeState; readonly detail: string }>>;
  readonly stages: Readonly<Partial<Record<StageId, 'begin' | 'done' | 'failed' | 'skipped'>>>;
  readonly changes: readonly RunChange[];
  readonly checks: readonly Check[];
  readonly notices: readonly { readonly level: 'info' | 'warning'; readonly text: string }[];
  /** The last lines of output, oldest first. */
  readonly log: readonly string[];
}

export const EMPTY_RUN: RunView = { startedAt: null, nodes: {}, stages: {}, changes: [], checks: [], notices: [], log: [] };

const MAX_LOG = 500;

/** Every change of a plan as not yet begun. */
export function runOf(plan: Plan, at: number): RunView {
  const changes = plan.stages.flatMap((s) =>
    s.changes.map(
      (c): RunChange => ({
        id: c.id,
        node: c.node,
        stage: s.stage,
        what: c.what,
        gate: c.risk === 'gate',
        state: 'open',
        startedAt: null,
        ms: null,
        detail: '',
      }),
    ),
  );
  return { ...EMPTY_RUN, startedAt: at, changes };
}

function withLog(view: RunView, line: string): RunView {
  return { ...view, log: [...view.log, line].slice(-MAX_LOG) };
}

function withNode(view: RunView, node: string, state: NodeState, detail: string | undefined): RunView {
  return { ...view, nodes: { ...view.nodes, [node]: { state, detail: clean(detail ?? '') } } };
}

const STATES: Record<Extract<WizardEvent, { type: 'change' }>['state'], ChangeState> = {
  begin: 'running',
  done: 'done',
  failed: 'failed',
  skipped: 'skipped',
  undone: 'undone',
};

function withChange(view: RunView, event: Extract<WizardEvent, { type: 'change' }>, at: number): RunView {
  const before = view.changes.find((c) => c.id === event.id);
  const next: RunChange = {
    ...(before ?? { id: event.id, node: event.node, stage: null, what: event.what, gate: false, startedAt: null }),
    state: STATES[event.state],
    startedAt: event.state === 'begin' ? at : (before?.startedAt ?? null),
    ms: event.state === 'begin' ? null : (event.ms ?? (before?.startedAt ? at - before.startedAt : null)),
    detail: clean(event.detail ?? ''),
  };
  const changes = before ? view.changes.map((c) => (c.id === event.id ? next : c)) : [...view.changes, next];
  return withLog({ ...view, changes }, `${formatNode(event.node)}: ${clean(event.what)} ${event.state}${event.detail ? `: ${clean(event.detail)}` : ''}`);
}

/** A stage that was planned again replaces what had not begun of it. */
function withPlan(view: RunView, plan: Plan): RunView {
  const fresh = runOf(plan, view.startedAt ?? 0).changes;
  const begun = view.changes.filter((c) => c.state !== 'open');
  const kept = new Map(begun.map((c) => [c.id, c]));
  const planned = new Set(fresh.map((c) => c.id));
  return { ...view, changes: [...begun.filter((c) => !planned.has(c.id)), ...fresh.map((c) => kept.get(c.id) ?? c)] };
}

/** The view after one event. */
export function reduceRun(view: RunView, event: WizardEvent, at: number): RunView {
  switch (event.type) {
    case 'run-begin':
      return {
        ...view,
        startedAt: view.startedAt ?? at,
        nodes: { ...Object.fromEntries(event.nodes.map((n) => [n, { state: 'waiting' as const, detail: '' }])), ...view.nodes },
      };
    case 'connect':
      return withNode(view, event.node, event.state === 'begin' ? 'connecting' : event.state === 'done' ? 'connected' : 'failed', event.detail);
    case 'survey':
      return withNode(view, event.node, event.state === 'begin' ? 'surveying' : event.state === 'done' ? 'surveyed' : 'failed', event.detail);
    case 'stage':
      return { ...view, stages: { ...view.stages, [event.stage]: event.state } };
    case 'change':
      return withChange(view, event, at);
    case 'plan':
      return view.changes.length === 0 ? view : withPlan(view, event.plan);
    case 'output':
      return withLog(view, `${formatNode(event.node)}: | ${clean(event.line)}`);
    case 'check': {
      const rest = view.checks.filter((c) => c.id !== event.check.id || c.node !== event.check.node);
      return { ...view, checks: [...rest, event.check] };
    }
    case 'notice': {
      const text = `${event.node ? `${event.node}: ` : ''}${clean(event.message)}`;
      return withLog({ ...view, notices: [...view.notices, { level: event.level, text }].slice(-50) }, text);
    }
    case 'findings':
    case 'advice':
    case 'run-end':
      return view;
  }
}

/** `7 of 12`: effects and gates alike, as they are all waited for. */
export function runProgress(view: RunView): { readonly done: number; readonly total: number; readonly failed: number } {
  const of = (...states: readonly ChangeState[]) => view.changes.filter((c) => states.includes(c.state)).length;
  return { done: of('done', 'skipped'), total: view.changes.length, failed: of('failed') };
}

/** What happens between changes: which nodes are being checked. Empty while a change runs. */
export function lookingWords(view: RunView): string {
  if (view.changes.some((c) => c.state === 'running')) return '';
  const looked = Object.entries(view.nodes).flatMap(([name, n]) => (n.state === 'connecting' || n.state === 'surveying' ? [name] : []));
  if (looked.length === 0) return '';
  return `Checking ${looked.length > 4 ? `${looked.length} nodes` : looked.join(', ')} before the next change.`;
}
