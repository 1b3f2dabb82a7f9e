/** The text of pages that scroll. Pure. */

import { overruled } from '../../advice/overruled.js';
import type { Plan } from '../../core/change.js';
import { count } from '../../core/count.js';
import { nodesOf } from '../flow/context.js';
import { titlesOf } from '../flow/pages.js';
import type { RunView } from '../flow/run-view.js';
import { contextOf, currentPage, sections } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import { bindingsOf, keyLabel } from '../keys.js';
import {
  EMPTY_LOG,
  formatAsked,
  formatExcluded,
  formatResumeHelp,
  formatUnfinished,
  formatWelcome,
  NO_LOG_HERE,
  pageHelp,
  RESUME_THERE,
  TRIAL_HELP,
} from '../messages.js';
import { renderAdvice } from '../text/render-advice.js';
import { cellTitle, failedCells, renderCell } from '../text/render-cell.js';
import { renderChecks } from '../text/render-checks.js';
import { renderError } from '../text/render-error.js';
import { renderFindings } from '../text/render-findings.js';
import { renderMeasurements } from '../text/render-measure.js';
import { renderPlan } from '../text/render-plan.js';
import { paint, type RenderStyle, symbols } from '../text/render-style.js';
import { clean, pad, truncateEnd, wrap, wrapRemedyWith, wrapWith } from '../text/width.js';
import { NODE_STATES } from './messages.js';
import { keyScreen, withoutCommands } from './now.js';
import type { UiState } from './ui-state.js';

function welcome(flow: FlowState, style: RenderStyle, compact: boolean): readonly string[] {
  const steps = sections(flow)
    .filter((s) => s.number !== '')
    .map((s) => `  ${s.number}  ${s.title}`);
  const [first, second] = formatWelcome(titlesOf(contextOf(flow)), compact);
  return [...wrap(first, style.width), ...(compact ? [] : ['', ...steps.map((s) => paint(style, 'accent', s))]), '', ...wrap(second, style.width)];
}

/** Nodes that are being tested, with the results. */
function connect(flow: FlowState, style: RenderStyle): readonly string[] {
  const s = symbols(style);
  const nodes = nodesOf(flow.draft);
  const width = Math.min(20, Math.max(4, ...nodes.map((n) => n.name.length)));
  return nodes.flatMap((node) => {
    const task = flow.trials[node.name];
    const name = pad(node.name, width);
    if (node.state === 'out') return wrapWith(`${s.skipped} ${name}  `, clean(formatExcluded(node)), style.width).map((l) => paint(style, 'dim', l));
    if (!task || task.state === 'idle') return [`${s.open} ${name}  ${NODE_STATES.waiting}`];
    if (task.state === 'running') return [`${paint(style, 'accent', s.running)} ${name}  connecting to ${node.host}${s.ellipsis}`];
    if (task.state === 'failed') return wrapWith(`${s.failed} ${name}  `, clean(task.error.message), style.width).map((l) => paint(style, 'bad', l));
    if (task.value.ok) return wrapWith(`${paint(style, 'good', s.done)} ${name}  `, clean(task.value.detail), style.width);
    const remedies = (task.value.error?.remedies ?? []).flatMap((r) => wrapRemedyWith(`  ${' '.repeat(width)}  - `, clean(r), style.width));
    return [...wrapWith(`${s.failed} ${name}  `, clean(task.value.detail), style.width).map((l) => paint(style, 'bad', l)), ...remedies];
  });
}

/** Nodes that are being surveyed. */
export function surveyLines(run: RunView, names: readonly string[], style: RenderStyle): readonly string[] {
  const s = symbols(style);
  const width = Math.min(20, Math.max(4, ...names.map((n) => n.length)));
  return names.map((name) => {
    const node = run.nodes[name] ?? { state: 'waiting' as const, detail: '' };
    const mark =
      node.state === 'surveyed'
        ? paint(style, 'good', s.done)
        : node.state === 'failed'
          ? paint(style, 'bad', s.failed)
          : node.state === 'waiting'
            ? s.open
            : paint(style, 'accent', s.running);
    return `${mark} ${pad(name, width)}  ${NODE_STATES[node.state]}${node.detail === '' ? '' : `: ${node.detail}`}`;
  });
}

function names(flow: FlowState): readonly string[] {
  return nodesOf(flow.draft)
    .filter((n) => n.state !== 'out')
    .map((n) => n.name);
}

function survey(flow: FlowState, ui: UiState, style: RenderStyle): readonly string[] {
  const task = flow.survey;
  if (task.state === 'failed') return renderError(task.error, style);
  if (task.state !== 'done') return surveyLines(flow.run, names(flow), style);
  const bars = renderMeasurements(task.value.facts.measured, style);
  return [
    ...task.value.refusals.flatMap((r) => [...renderError(r, style), '']),
    ...renderFindings(task.value.findings, style, ui.detail),
    ...(bars.length === 0 ? [] : ['', ...bars]),
  ];
}

function planLines(plan: Plan, ui: UiState, style: RenderStyle): readonly string[] {
  return renderPlan(plan, style, { detail: ui.detail ? 'short' : 'full', fold: true, folded: ui.folded });
}

function plan(flow: FlowState, ui: UiState, style: RenderStyle): readonly string[] {
  const task = flow.plan;
  if (task.state === 'failed') return renderError(task.error, style);
  if (task.state !== 'done') return surveyLines(flow.run, names(flow), style);
  return planLines(task.value, ui, style);
}

function result(flow: FlowState, style: RenderStyle): readonly string[] {
  const { result: r, run } = flow;
  if (!r) return [];
  const said = r.error
    ? renderError(r.error, style, { ...(r.log === undefined ? {} : { log: r.log }), ...(r.resume === undefined ? {} : { resume: r.resume }) })
    : wrap(r.message, style.width).map((l) => paint(style, r.exitCode === 0 ? 'good' : 'warn', l));
  const warnings = run.notices.filter((n) => n.level === 'warning').flatMap((n) => wrapWith(`${symbols(style).warning} `, n.text, style.width));
  const trial = r.outcome === 'on-trial' ? ['', ...TRIAL_HELP.flatMap((p) => wrap(p, style.width))] : [];
  return [
    ...said,
    ...trial,
    ...(r.error && r.message !== r.error.message ? ['', ...wrap(r.message, style.width)] : []),
    ...(r.restorePoint === undefined ? [] : [`Restore point: ${r.restorePoint}`]),
    ...(run.checks.length === 0 ? [] : ['', ...renderChecks(run.checks, style)]),
    ...(warnings.length === 0 ? [] : ['', ...warnings]),
  ];
}

function unfinished(flow: FlowState, style: RenderStyle): readonly string[] {
  const run = flow.unfinished;
  if (!run) return [];
  const where = run.here ? [] : [RESUME_THERE];
  return [
    ...wrap(formatUnfinished(run, Date.now()), style.width).map((l) => paint(style, 'strong', l)),
    ...wrap(`Started by ${run.by}, ${run.since.slice(0, 16).replace('T', ' ')} UTC.`, style.width),
    '',
    ...[clean(run.detail), ...where].flatMap((p) => wrap(p, style.width)),
    '',
    ...wrap(formatResumeHelp(run), style.width),
  ];
}

/** The journal of the unfinished run. */
export function journalLines(flow: FlowState, style: RenderStyle): readonly string[] {
  const lines = flow.unfinished?.journal ?? [];
  return lines.length === 0 ? [NO_LOG_HERE] : lines.flatMap((l) => wrapWith('', clean(l), style.width));
}

/** The checks that did not pass, a line each with one selected; or the one that is open. */
function checkLines(run: RunView, { cell }: UiState, style: RenderStyle): readonly string[] {
  const cells = failedCells(run.checks);
  const chosen = cells[cell.index];
  if (cell.open && chosen) return renderCell(chosen, run.checks, run.log, style);
  const { pointer, ellipsis } = symbols(style);
  return cells.map((one) => `${one === chosen ? paint(style, 'accent', pointer) : ' '} ${truncateEnd(cellTitle(one), style.width - 2, ellipsis)}`);
}

/** The lines of the overlay that is open. */
export function overlayLines(flow: FlowState, ui: UiState, style: RenderStyle): readonly string[] {
  if (ui.overlay === 'help') return helpLines(flow, ui, style);
  if (ui.overlay === 'checks') return checkLines(flow.run, ui, style);
  return ui.overlay === 'log' ? logLines(flow.run, style) : journalLines(flow, style);
}

/** What the administrator's own mappings cost, before all recommendations. */
function overruledLines(flow: FlowState, style: RenderStyle): readonly string[] {
  return overruled(contextOf(flow)).flatMap((r) => [...wrapWith(`${symbols(style).warning} `, `${r.definition}: ${r.words}`, style.width), '']);
}

/** The lines of the open page; empty for pages with a view of their own. */
export function bodyLines(flow: FlowState, ui: UiState, style: RenderStyle, compact: boolean): readonly string[] {
  if (flow.asking) {
    return [...wrap(formatAsked(flow.asking, flow.runKind), style.width).map((l) => paint(style, 'warn', l)), '', ...planLines(flow.asking.plan, ui, style)];
  }
  switch (currentPage(flow).kind) {
    case 'welcome':
      return welcome(flow, style, compact);
    case 'unfinished':
      return unfinished(flow, style);
    case 'connect':
      return connect(flow, style);
    case 'survey':
      return survey(flow, ui, style);
    case 'advice':
      return flow.survey.state === 'done' ? [...overruledLines(flow, style), ...renderAdvice(flow.survey.value.advice, style, true)] : [];
    case 'plan':
      return plan(flow, ui, style);
    case 'result':
      return result(flow, style);
    case 'question':
    case 'review':
    case 'run':
      return [];
  }
}

/** The help of the open page: what it is, then its keys. */
export function helpLines(flow: FlowState, ui: UiState, style: RenderStyle): readonly string[] {
  const page = currentPage(flow);
  const screen = keyScreen(flow, { ...ui, overlay: null });
  const bindings = bindingsOf(screen, withoutCommands(flow));
  // Two keys for one thing are one line.
  const keys = [...new Set(bindings.map((b) => b.help))].map((help) => ({ help, keys: bindings.filter((b) => b.help === help).flatMap((b) => b.keys) }));
  const label = (k: readonly string[]) =>
    k
      .slice(0, 3)
      .map((one) => keyLabel(one, style.ascii))
      .join(', ');
  const width = Math.max(...keys.map((b) => label(b.keys).length));
  const choices = (page.question?.choices ?? []).filter((c) => (c.disabled ?? c.hint ?? '') !== '');
  return [
    ...(page.question
      ? [paint(style, 'strong', page.question.message), ...wrap(page.question.help, style.width), `Key in the answers file: ${page.question.key}`, '']
      : []),
    ...choices.flatMap((c) =>
      wrapWith(
        `${symbols(style).bullet} `,
        `${c.label}${c.disabled === undefined ? '' : ' (not available)'}: ${clean(c.disabled ?? c.hint ?? '')}`,
        style.width,
      ),
    ),
    ...(choices.length > 0 ? [''] : []),
    ...pageHelp(flow.asking ? 'plan' : page.kind, titlesOf(contextOf(flow))).flatMap((p) => wrap(p, style.width)),
    '',
    paint(style, 'strong', 'Keys'),
    ...keys.flatMap((b) => wrapWith(`  ${pad(label(b.keys), width)}  `, b.help, style.width)),
  ];
}

/** The log of the run. */
export function logLines(run: RunView, style: RenderStyle): readonly string[] {
  return run.log.length === 0 ? [EMPTY_LOG] : [paint(style, 'dim', `Last ${count(run.log.length, 'line')}:`), ...run.log.flatMap((l) => wrap(l, style.width))];
}
