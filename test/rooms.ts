/** The rooms of the program, the arrows of their imports, and circles among them. `npm run rooms` prints it; a unit test keeps it free of circles. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Files that import, each once. */
  readonly files: readonly string[];
}

const IMPORT = /(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g;

function sources(root: string): readonly string[] {
  return ['src', 'steps'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => join(top, file)),
  );
}

/** A folder of `src`; of the domain of caches each folder by itself; all steps together, but for the forms of their answers, which the answers file is made of. */
export function roomOf(file: string): string {
  const [top = '', room = '', inner = '', deeper] = file.split('/');
  if (top !== 'src') return /^steps\/(\w+\/)?answers\.ts$/.test(file) ? 'steps/answers' : top;
  if (inner === '') return 'src';
  return room === 'caches' && deeper !== undefined ? `src/caches/${inner}` : `src/${room}`;
}

/** Imports between rooms. @param root the project's folder */
export function arrows(root: string): readonly Arrow[] {
  const found = new Map<string, Set<string>>();
  for (const file of sources(root)) {
    for (const [, spec = ''] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
      const target = normalize(join(dirname(file), spec)).replace(/\.js$/, '.ts');
      const [from, to] = [roomOf(file), roomOf(target)];
      if (from === to || (!target.startsWith('src/') && !target.startsWith('steps/'))) continue;
      const key = `${from} ${to}`;
      found.set(key, (found.get(key) ?? new Set()).add(file));
    }
  }
  return [...found].sort().map(([key, files]) => {
    const [from = '', to = ''] = key.split(' ');
    return { from, to, files: [...files].sort() };
  });
}

/** Rooms that a room needs, directly or through others. */
function below(room: string, all: readonly Arrow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [room];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { from, to } of all) {
      if (from !== at || seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return seen;
}

/** Arrows that are part of a circle. */
export function circles(all: readonly Arrow[]): readonly Arrow[] {
  return all.filter(({ from, to }) => below(to, all).has(from));
}

/** Rooms in layers, the lowest first: each needs only rooms of the layers before its own. Rooms of a circle are in no layer. */
export function layers(all: readonly Arrow[]): readonly (readonly string[])[] {
  const left = new Set(all.flatMap(({ from, to }) => [from, to]));
  const result: string[][] = [];
  for (;;) {
    const layer = [...left].filter((room) => all.every(({ from, to }) => from !== room || !left.has(to))).sort();
    if (layer.length === 0) return result;
    result.push(layer);
    for (const room of layer) left.delete(room);
  }
}

/** The whole picture as text. */
function picture(all: readonly Arrow[]): string {
  const round = circles(all);
  return [
    'Layers, the lowest first:',
    ...layers(all).map((layer, n) => `  ${n}  ${layer.join('  ')}`),
    '',
    'Arrows (files that import):',
    ...all.map(({ from, to, files }) => `  ${from} -> ${to} (${files.length})`),
    '',
    ...(round.length === 0 ? ['No circles.'] : ['Circles:', ...round.map(({ from, to, files }) => `  ${from} -> ${to}: ${files.join(', ')}`)]),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = arrows(process.cwd());
  process.stdout.write(picture(all));
  process.exitCode = circles(all).length === 0 ? 0 : 1;
}
