/** The run as a grid: a row a node, a mark a change, and what is running in words. Pure. */

import type { ChangeState, RunChange, RunView } from '../flow/run-view.js';
import { STAGE_IDS, stageTitle } from '../text/guide.js';
import { formatNode } from '../text/render-plan.js';
import { duration, paint, type RenderStyle, symbols, type Tone } from '../text/render-style.js';
import { displayWidth, pad, truncateEnd } from '../text/width.js';
import { formatMoreNodes, formatStage, RUN } from './messages.js';

const TONES: Record<ChangeState, Tone> = { open: 'dim', running: 'accent', done: 'good', failed: 'bad', skipped: 'dim', undone: 'warn' };

function mark(state: ChangeState, style: RenderStyle): string {
  const s = symbols(style);
  const text = { open: s.open, running: s.running, done: s.done, failed: s.failed, skipped: s.skipped, undone: s.dash }[state];
  return paint(style, TONES[state], text);
}

function formatRow(changes: readonly RunChange[], now: number): { readonly text: string; readonly tone: Tone } {
  const failed = changes.find((c) => c.state === 'failed');
  if (failed) return { text: `${RUN.failed}: ${failed.what}${failed.detail === '' ? '' : `: ${failed.detail}`}`, tone: 'bad' };
  const running = changes.find((c) => c.state === 'running');
  if (running) {
    const ms = running.startedAt === null ? 0 : now - running.startedAt;
    return { text: `${ms >= 3000 ? `${duration(Math.floor(ms / 1000) * 1000)}  ` : ''}${running.what}`, tone: 'strong' };
  }
  if (changes.every((c) => c.state === 'done' || c.state === 'skipped')) return { text: RUN.done, tone: 'good' };
  if (changes.some((c) => c.state === 'undone')) return { text: RUN.undone, tone: 'warn' };
  return { text: changes.some((c) => c.state === 'done') ? RUN.waiting : RUN.notStarted, tone: 'dim' };
}

/** Rows that matter most first when not all fit: failed, running, waiting, done. */
function urgency(changes: readonly RunChange[]): number {
  if (changes.some((c) => c.state === 'failed')) return 0;
  if (changes.some((c) => c.state === 'running')) return 1;
  return changes.every((c) => c.state === 'done' || c.state === 'skipped') ? 3 : 2;
}

function marksOf(changes: readonly RunChange[], room: number, style: RenderStyle): { readonly text: string; readonly width: number } {
  if (changes.length <= room) return { text: changes.map((c) => mark(c.state, style)).join(''), width: changes.length };
  const text = `${changes.filter((c) => c.state === 'done').length}/${changes.length}`;
  return { text, width: displayWidth(text) };
}

/** Heading of the run: which stage, how long. */
export function gridHead(run: RunView, style: RenderStyle, now: number): string {
  const begun = STAGE_IDS.filter((s) => run.stages[s] !== undefined);
  const planned = STAGE_IDS.filter((s) => run.changes.some((c) => c.stage === s));
  const stage = begun.at(-1);
  const title = stage === undefined ? RUN.starting : formatStage(Math.max(1, planned.indexOf(stage) + 1), Math.max(1, planned.length), stageTitle(stage));
  const seconds = run.startedAt === null ? 0 : Math.floor((now - run.startedAt) / 1000);
  return paint(style, 'accent', truncateEnd(seconds < 1 ? title : `${title}  ${duration(seconds * 1000)}`, style.width, symbols(style).ellipsis));
}

/** At most `height` lines: heading, a row a node, and the end of the log in what is left. */
export function gridLines(run: RunView, style: RenderStyle, height: number, now: number): readonly string[] {
  const s = symbols(style);
  const nodes = [...new Set(run.changes.map((c) => c.node))];
  const rows = nodes.map((node) => ({ node, changes: run.changes.filter((c) => c.node === node) }));
  const room = Math.max(1, height - 2);
  const ordered = rows.length <= room ? rows : [...rows].sort((a, b) => urgency(a.changes) - urgency(b.changes));
  const shown = ordered.slice(0, rows.length <= room ? room : room - 1);
  const nameWidth = Math.min(18, Math.max(4, ...shown.map((r) => displayWidth(formatNode(r.node)))));
  const marks = shown.map((r) => marksOf(r.changes, Math.max(6, Math.floor(style.width / 4)), style));
  const markWidth = Math.max(0, ...marks.map((m) => m.width));
  const lines = shown.map((row, i) => {
    const words = formatRow(row.changes, now);
    const cell = marks[i] ?? { text: '', width: 0 };
    const left = `${pad(truncateEnd(formatNode(row.node), nameWidth, s.ellipsis), nameWidth)}  ${cell.text}${' '.repeat(markWidth - cell.width)}  `;
    return left + paint(style, words.tone, truncateEnd(words.text, Math.max(4, style.width - nameWidth - markWidth - 4), s.ellipsis));
  });
  const hidden = rows.length - shown.length;
  const grid = [gridHead(run, style, now), '', ...lines, ...(hidden > 0 ? [paint(style, 'dim', formatMoreNodes(hidden))] : [])];
  const left = height - grid.length - 1;
  const log = left >= 2 ? ['', ...run.log.slice(-left).map((l) => paint(style, 'dim', truncateEnd(l, style.width, s.ellipsis)))] : [];
  return [...grid, ...log].slice(0, height);
}
