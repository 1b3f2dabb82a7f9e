/** The plan as text: exactly the list that runs, in its order, with reasons, risks, undo and diffs. */

import { type Change, type ChangeKind, effects, type Plan, type StagePlan } from '../../core/change.js';
import { count } from '../../core/count.js';
import { describeEdit } from '../../core/muc-edit.js';
import { stageTitle } from './guide.js';
import { formatFolded, formatInterruptions, formatIrreversible, PLAN } from './messages.js';
import { type DiffOptions, diffSize, foldLine, renderDiff } from './render-diff.js';
import { PLAIN_STYLE, paint, type RenderStyle, symbols } from './render-style.js';
import { clean, wrap, wrapRemedyWith, wrapWith } from './width.js';

export interface PlanDetail extends DiffOptions {
  /** `short`: what on which node. `full`: with why, undo, diffs and contents. */
  readonly detail: 'short' | 'full';
  /** Numbers of collapsed stages, from 1. */
  readonly folded?: ReadonlySet<number>;
}

/** Gates that check; the others prepare. */
const CHECKS: readonly ChangeKind[] = ['service-ready', 'php-ready', 'prove'];
/** Changes that `what` describes completely, so that nodes can share a line. */
const ALIKE: readonly ChangeKind[] = ['converge', 'empty', 'settle'];
const INDENT = '       ';

/** `all Moodle nodes` for `*`. */
export function formatNode(node: string): string {
  return node === '*' ? PLAN.allMoodleNodes : node;
}

/** `7 changes on 4 nodes` */
export function planSummary(plan: Plan): string {
  const all = effects(plan);
  if (all.length === 0) return PLAN.nothing;
  const nodes = new Set(all.map((c) => c.node).filter((n) => n !== '*'));
  return `${count(all.length, 'change')}${nodes.size === 0 ? '' : ` on ${count(nodes.size, 'node')}`}`;
}

function riskLine(change: Change, style: RenderStyle): readonly string[] {
  if (change.risk === 'interrupts')
    return wrapRemedyWith('       Interrupts: ', clean(change.riskText ?? PLAN.requests), style.width).map((l) => paint(style, 'warn', l));
  if (change.risk === 'irreversible')
    return wrapRemedyWith('       CANNOT BE UNDONE: ', clean(change.riskText ?? change.undo), style.width).map((l) => paint(style, 'bad', l));
  return [];
}

function contentLines(change: Change, style: RenderStyle, options: DiffOptions): readonly string[] {
  const inner = { ...style, width: style.width - INDENT.length };
  switch (change.kind) {
    case 'file': {
      const about = `${change.before === null ? PLAN.newFile : PLAN.replaces} ${change.path} (${change.mode.toString(8).padStart(4, '0')} ${change.owner}:${change.group})`;
      const lines = change.content.replace(/\n$/, '').split('\n');
      const content = lines.flatMap((l) => foldLine(`${options.words ? 'added: ' : '+ '}${clean(l)}`, inner.width, options.fold));
      return [...wrapWith(INDENT, about, style.width), ...content.map((l) => INDENT + paint(style, 'good', l))];
    }
    case 'muc-publish': {
      const size = diffSize(change.diff);
      const edits = change.edits.flatMap((e) => wrapWith(`${INDENT}${symbols(style).bullet} `, `${clean(describeEdit(e))}: ${clean(e.why)}`, style.width));
      if (change.diff === '') return [...edits, ...wrapWith(INDENT, PLAN.diffLater, style.width)];
      const diff = renderDiff(change.diff, inner, options).map((l) => INDENT + l);
      return [...edits, '', ...wrapWith(INDENT, `muc/config.php: ${count(size.added, 'line')} added, ${size.removed} removed`, style.width), ...diff];
    }
    default:
      return [];
  }
}

function changeLines(change: Change, number: string | null, style: RenderStyle, options: PlanDetail): readonly string[] {
  const prefix = number === null ? '     - ' : `${number.padStart(4)}. `;
  const what = clean(change.what);
  const head = wrapWith(prefix, CHECKS.includes(change.kind) ? `check: ${what}` : what, style.width);
  if (options.detail === 'short' || number === null) return [...head.map((l) => (number === null ? paint(style, 'dim', l) : l)), ...riskLine(change, style)];
  return [
    ...head.map((l) => paint(style, 'strong', l)),
    ...wrapWith('       Why: ', clean(change.why), style.width),
    ...riskLine(change, style),
    ...wrapRemedyWith('       Undo: ', clean(change.undo), style.width).map((l) => paint(style, 'dim', l)),
    ...contentLines(change, style, options),
  ];
}

/** `7.` or, for the same change on several nodes, `7-9.` */
const numbers = (first: number, length: number) => (length === 1 ? `${first}` : `${first}-${first + length - 1}`);

type Group = readonly [Change, ...Change[]];

/** The same change on consecutive nodes is shown once, with all its nodes. */
function grouped(changes: readonly Change[]): readonly Group[] {
  const groups: [Change, ...Change[]][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const same = last !== undefined && ALIKE.includes(change.kind) && last[0].kind === change.kind && last[0].what === change.what;
    if (same) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** A collapsed stage in one line. */
function foldedLine(stage: StagePlan, position: number): string {
  const changes = stage.changes.filter((c) => c.risk !== 'gate');
  const checks = stage.changes.length - changes.length;
  const of = (risk: Change['risk']) => changes.filter((c) => c.risk === risk).length;
  const parts = [
    ...(changes.length === 0 ? [] : [count(changes.length, 'change')]),
    ...(checks === 0 ? [] : [count(checks, 'check')]),
    ...(of('interrupts') === 0 ? [] : [`${of('interrupts')} may interrupt requests`]),
    ...(of('irreversible') === 0 ? [] : [`${of('irreversible')} CANNOT BE UNDONE`]),
  ];
  return formatFolded(parts, position);
}

function stageLines(stage: StagePlan, position: number, of: number, firstNumber: number, style: RenderStyle, options: PlanDetail): readonly string[] {
  const title = `Stage ${position} of ${of}: ${stageTitle(stage.stage)}`;
  const lines: string[] = ['', ...wrapWith('', title, style.width).map((l) => paint(style, 'accent', l))];
  if (options.folded?.has(position)) return [...lines, ...wrapWith('  ', foldedLine(stage, position), style.width)];
  if (stage.provisional) lines.push(...wrapWith('  ', PLAN.provisional, style.width));
  let number = firstNumber;
  let where: string | null = null;
  for (const group of grouped(stage.changes)) {
    const [first] = group;
    const nodes = group.map((c) => formatNode(c.node)).join(', ');
    if (nodes !== where) lines.push(`  ${paint(style, 'strong', nodes)}`);
    where = nodes;
    const counted = first.risk === 'gate' ? 0 : group.length;
    lines.push(...changeLines(first, counted === 0 ? null : numbers(number, counted), style, options));
    number += counted;
  }
  const notified = [...new Set(stage.changes.flatMap((c) => c.notifies.map((n) => `${n.replace(':', ' ')} on ${formatNode(c.node)}`)))];
  if (notified.length > 0) lines.push(...wrapWith(PLAN.once, notified.join(', '), style.width));
  return lines;
}

/** Stages of a plan that do something, in order. */
export function shownStages(plan: Plan): readonly StagePlan[] {
  return plan.stages.filter((s) => s.changes.length > 0);
}

/** Lines of the plan. */
export function renderPlan(plan: Plan, style: RenderStyle = PLAIN_STYLE, options: PlanDetail = { detail: 'full' }): readonly string[] {
  const stages = shownStages(plan);
  const lines: string[] = wrap(`Plan for ${plan.cluster}: ${planSummary(plan)}`, style.width).map((l) => paint(style, 'strong', l));
  if (effects(plan).length === 0) return [...lines, PLAN.upToDate];
  let number = 1;
  stages.forEach((stage, i) => {
    lines.push(...stageLines(stage, i + 1, stages.length, number, style, options));
    number += stage.changes.filter((c) => c.risk !== 'gate').length;
  });
  const interrupts = effects(plan).filter((c) => c.risk === 'interrupts').length;
  const irreversible = effects(plan).filter((c) => c.risk === 'irreversible').length;
  const say = (text: string) => wrap(text, style.width);
  return [
    ...lines,
    '',
    ...say(interrupts === 0 ? PLAN.noInterruption : formatInterruptions(interrupts)),
    ...(irreversible === 0 ? say(PLAN.reversible) : say(formatIrreversible(irreversible)).map((l) => paint(style, 'bad', l))),
  ];
}
