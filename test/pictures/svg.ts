/** A terminal's screen as an SVG picture: the colours and styles of its cells, nothing else. */

import type xterm from '@xterm/headless';

type Terminal = InstanceType<typeof xterm.Terminal>;
type Cell = NonNullable<ReturnType<NonNullable<ReturnType<Terminal['buffer']['active']['getLine']>>['getCell']>>;

const CELL = { width: 8.4, height: 18, font: 14 } as const;
const MARGIN = 12;
const BAR = 28;
const THEME = { paper: '#1b1f27', ink: '#d6dae0', bar: '#2a303b', title: '#9aa3b2' } as const;
/** The sixteen colours, in the order of their numbers. */
const COLOURS = [
  '#2a303b',
  '#f0717b',
  '#8fce7f',
  '#e5c07b',
  '#61afef',
  '#c792ea',
  '#56c8d8',
  '#d6dae0',
  '#6b7484',
  '#ff8b92',
  '#a8e79b',
  '#f4d79b',
  '#8cc8ff',
  '#dcb0ff',
  '#7fe3f0',
  '#ffffff',
] as const;

interface Style {
  readonly ink: string;
  readonly paper: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function styleOf(cell: Cell): Style {
  const ink = cell.isFgPalette() ? (COLOURS[cell.getFgColor()] ?? THEME.ink) : THEME.ink;
  const paper = cell.isBgPalette() ? (COLOURS[cell.getBgColor()] ?? THEME.paper) : THEME.paper;
  const swapped = cell.isInverse() !== 0;
  return { ink: swapped ? paper : ink, paper: swapped ? ink : paper, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
}

interface Run {
  readonly from: number;
  readonly width: number;
  readonly text: string;
  readonly style: Style;
}

/** Neighbouring cells of one style. Wide characters stand alone, so that what follows keeps its column. */
function runsOf(terminal: Terminal, row: number): readonly Run[] {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
  const runs: { from: number; width: number; text: string; style: Style }[] = [];
  for (let x = 0; line && x < terminal.cols; x += 1) {
    const cell = line.getCell(x);
    if (!cell || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.getChars() || ' ';
    const last = runs.at(-1);
    const alike = last && JSON.stringify(last.style) === JSON.stringify(style) && last.from + last.width === x && /^[\x20-\x7e]*$/.test(last.text + text);
    if (alike) {
      last.text += text;
      last.width += cell.getWidth();
    } else runs.push({ from: x, width: cell.getWidth(), text, style });
  }
  return runs;
}

function drawRun(run: Run, row: number): string {
  const x = MARGIN + run.from * CELL.width;
  const y = BAR + MARGIN + row * CELL.height;
  const width = run.width * CELL.width;
  const { ink, paper, bold, dim } = run.style;
  const back = paper === THEME.paper ? '' : `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${CELL.height}" fill="${paper}"/>`;
  if (run.text.trim() === '') return back;
  const look = `fill="${ink}"${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}`;
  // The length is said as well, so that any font keeps to the columns.
  return `${back}<text x="${x.toFixed(1)}" y="${y + CELL.font}" textLength="${width.toFixed(1)}" ${look}>${escaped(run.text)}</text>`;
}

/** What the terminal shows now, as an SVG file's text. */
export function screenSvg(terminal: Terminal, title: string): string {
  const width = Math.ceil(terminal.cols * CELL.width + 2 * MARGIN);
  const height = terminal.rows * CELL.height + 2 * MARGIN + BAR;
  const rows = Array.from({ length: terminal.rows }, (_, row) =>
    runsOf(terminal, row)
      .map((run) => drawRun(run, row))
      .join(''),
  ).filter((row) => row !== '');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${THEME.paper}"/>`,
    `<path d="M0 8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${BAR - 8}H0z" fill="${THEME.bar}"/>`,
    `<text x="${width / 2}" y="19" fill="${THEME.title}" font-family="sans-serif" font-size="12" text-anchor="middle">${escaped(title)}</text>`,
    `<g font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${CELL.font}" xml:space="preserve" style="white-space:pre">`,
    ...rows,
    '</g></svg>',
    '',
  ].join('\n');
}
