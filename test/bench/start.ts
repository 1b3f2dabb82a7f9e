/** How fast the program starts, as ratios on the machine at hand: `--help` to `node -e 0`, the first screen to a program of one line. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { BUNDLE } from '../bundle-options.mjs';
import { childEnv } from '../pty/harness.js';

const RUNS = 11;
/** Inside the project, so that the bundle finds templates/ and node_modules/. */
const OUT = join('node_modules', '.cache', 'moodle-cluster-wizard-bench');

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Wall time of a command that ends by itself, in milliseconds. */
function timed(args: readonly string[]): number {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore', env: childEnv() });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - from;
}

/** Milliseconds until a text is on a terminal. The process is ended then. */
function untilShown(args: readonly string[], text: string, cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const child = spawn(process.execPath, [...args], { cols: 80, rows: 24, cwd, env: childEnv(), name: 'xterm-256color' });
    let seen = '';
    let shown: number | null = null;
    child.onData((data) => {
      seen += data;
      if (shown !== null || !seen.includes(text)) return;
      shown = performance.now() - from;
      child.kill('SIGKILL');
    });
    child.onExit(() => (shown === null ? reject(new Error(`"${text}" did not come:\n${seen}`)) : resolve(shown)));
  });
}

/** Both, one after the other and again, so that what the machine does besides hits both alike. */
async function compare(one: () => number | Promise<number>, other: () => number | Promise<number>) {
  const times: { readonly one: number[]; readonly other: number[] } = { one: [], other: [] };
  // The first of each only warms the disk cache.
  for (let i = 0; i <= RUNS; i += 1) {
    const a = await one();
    const b = await other();
    if (i > 0) {
      times.one.push(a);
      times.other.push(b);
    }
  }
  return { one: median(times.one), other: median(times.other), ratio: median(times.one.map((t, i) => t / (times.other[i] ?? 1))) };
}

/** Prints medians and ratios beside their budgets. */
export async function bench(): Promise<number> {
  const cwd = mkdtempSync(join(tmpdir(), 'mcw-bench-'));
  try {
    execFileSync(process.execPath, ['test/build.mjs', OUT], { stdio: 'inherit' });
    // A bare program is drawn with Ink's own width of text, as anybody's would be.
    const { 'string-width': _own, ...alias } = BUNDLE.alias ?? {};
    await build({ ...BUNDLE, alias, entryPoints: ['test/bench/bare.tsx'], outfile: join(OUT, 'bare.js'), jsx: 'automatic' });
    const bin = join(process.cwd(), OUT, 'bin.js');
    const bare = join(process.cwd(), OUT, 'bare.js');
    const help = await compare(
      () => timed([bin, '--help']),
      () => timed(['-e', '0']),
    );
    const frame = await compare(
      () => untilShown([bin], 'begin', cwd),
      () => untilShown([bare], 'ready', cwd),
    );
    const line = (what: string, r: typeof help, against: string, budget: number) =>
      `${what.padEnd(34)} ${r.one.toFixed(0).padStart(5)} ms   ${against.padEnd(30)} ${r.other.toFixed(0).padStart(5)} ms   ratio ${r.ratio.toFixed(2)}   budget ${budget}`;
    console.log(`Medians of ${RUNS} runs each, in turn; Node ${process.version}`);
    console.log(line('--help', help, 'node -e 0', 1.5));
    console.log(line('first screen that takes keys', frame, 'one line drawn by Ink', 1.2));
    return 0;
  } finally {
    rmSync(OUT, { recursive: true, force: true });
    rmSync(cwd, { recursive: true, force: true });
  }
}
