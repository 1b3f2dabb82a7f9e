/** Tables without boxes: columns that shrink by wrapping, and records one under the other where columns would not fit. */

import { paint, type RenderStyle, type Tone } from './render-style.js';
import { displayWidth, pad, wrap, wrapRemedy, wrapRemedyWith, wrapWith } from './width.js';

export interface Column {
  readonly title: string;
  /** Narrowest useful width when shrinking; default 8. */
  readonly min?: number;
  readonly align?: 'left' | 'right';
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
  /** It is advised and may be pasted. */
  readonly remedy?: boolean;
}

export type Row = readonly (string | Cell)[];

const GAP = 2;

function cellOf(value: string | Cell | undefined): Cell {
  return typeof value === 'string' || value === undefined ? { text: value ?? '' } : value;
}

/** Widths that fit, or null when even the narrowest do not. The widest columns give way first. */
export function fitColumns(columns: readonly Column[], rows: readonly Row[], width: number): readonly number[] | null {
  const natural = columns.map((c, i) => Math.max(displayWidth(c.title), ...rows.map((r) => displayWidth(cellOf(r[i]).text))));
  const least = columns.map((c, i) => Math.min(natural[i] ?? 0, Math.max(c.min ?? 8, displayWidth(c.title))));
  const room = width - GAP * (columns.length - 1);
  if (least.reduce((a, b) => a + b, 0) > room) return null;
  const widths = [...natural];
  for (let over = widths.reduce((a, b) => a + b, 0) - room; over > 0; over -= 1) {
    let widest = -1;
    widths.forEach((w, i) => {
      if (w > (least[i] ?? 0) && (widest === -1 || w > (widths[widest] ?? 0))) widest = i;
    });
    if (widest === -1) return null;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function drawRow(columns: readonly Column[], widths: readonly number[], row: Row, style: RenderStyle): readonly string[] {
  const cells = columns.map((_, i) => cellOf(row[i]));
  const wrapped = cells.map((cell, i) => (cell.remedy ? wrapRemedy : wrap)(cell.text, widths[i] ?? 8));
  const height = Math.max(...wrapped.map((w) => w.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, i) => {
        const padded = pad(wrapped[i]?.[line] ?? '', widths[i] ?? 8, columns[i]?.align);
        return cell.tone ? paint(style, cell.tone, padded) : padded;
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function drawRecords(columns: readonly Column[], rows: readonly Row[], style: RenderStyle): readonly string[] {
  const label = Math.min(12, Math.max(...columns.map((c) => displayWidth(c.title))));
  return rows.flatMap((row, r) => [
    ...(r === 0 ? [] : ['']),
    ...columns.flatMap((column, i) => {
      const cell = cellOf(row[i]);
      if (cell.text === '') return [];
      const lines = (cell.remedy ? wrapRemedyWith : wrapWith)(`${pad(column.title, label)}  `, cell.text, style.width);
      return cell.tone ? lines.map((l) => paint(style, cell.tone as Tone, l)) : lines;
    }),
  ]);
}

/** Lines of a table within `style.width`. */
export function renderTable(columns: readonly Column[], rows: readonly Row[], style: RenderStyle): readonly string[] {
  if (rows.length === 0) return [];
  const widths = fitColumns(columns, rows, style.width);
  if (!widths) return drawRecords(columns, rows, style);
  const head = columns.map((c, i) => pad(c.title, widths[i] ?? 8, c.align)).join(' '.repeat(GAP));
  return [paint(style, 'dim', head.trimEnd()), ...rows.flatMap((row) => drawRow(columns, widths, row, style))];
}
