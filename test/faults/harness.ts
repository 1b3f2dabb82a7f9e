/** Faults on real hosts, one case at a time: what a case is, what it gets, and how results are kept so that a broken off run goes on where it was. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/index.js';
import { cacheDir } from '../lab/paths.js';
import { type EventRun, prepare, runAtEvent } from '../lab-tests/safety-lab.js';
import { told, type WizardRun, wizard } from '../lab-tests/support.js';

/** What a case works with. */
export interface FaultLab {
  readonly lab: Lab;
  readonly release: string;
  /** The wizard on main, as root. */
  run(...args: readonly string[]): Promise<WizardRun>;
  /** The same, and its exit code must be this. */
  must(code: number, ...args: readonly string[]): Promise<WizardRun>;
  /** A shell text on a host, as root; fails when it does. */
  on(host: string, text: string): Promise<string>;
  /** Waits for a shell text on a host to succeed. */
  until(host: string, text: string, seconds?: number): Promise<void>;
}

export interface FaultCase {
  readonly name: string;
  /** `fresh`: a site as just installed. `applied`: after a whole apply; the case leaves the cluster well. */
  readonly from: 'fresh' | 'applied';
  /** Web nodes that its lab has; two when not said. */
  readonly webs?: 3;
  /** Throws what is wrong, or `Skipped`. */
  run(faults: FaultLab): Promise<void>;
}

export interface FaultGroup {
  readonly name: string;
  readonly cases: readonly FaultCase[];
}

/** A case that cannot be tried here, and why. */
export class Skipped extends Error {}

export const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes', '--no-trial'] as const;

/** Fails with words on what was expected. */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** A node was lost on the way: what became of it is not known, it is named, and the way on with it. */
export function expectLost(run: WizardRun, node: string): void {
  expectThat(run.code === 3, `it should have ended with 3: ${told(run)}`);
  expectThat(run.json['outcome'] === 'unknown', `what became of it cannot be known: ${told(run)}`);
  const { nodes, remedies } = run.json['error'] as { nodes: readonly string[]; remedies: readonly string[] };
  expectThat(nodes.includes(node), `it should name ${node}: ${told(run)}`);
  expectThat(remedies.join(' ').includes('--resume'), `it should tell how to go on: ${told(run)}`);
}

/** Runs the wizard on main and holds it still at the first event that matches, while something is done from outside. */
export async function whileStopped(faults: FaultLab, pattern: string, work: () => Promise<unknown>, args: readonly string[]): Promise<EventRun> {
  await faults.on('main', 'rm -f /root/stopped');
  const run = runAtEvent(faults.lab, pattern, 'kill -STOP $WIZARD; echo $WIZARD >/root/stopped', args);
  // Should the work fail, this run ends with the lab and is nobody's any more.
  run.catch(() => undefined);
  const stopped = faults.until('main', '[ -s /root/stopped ]', 600).then(
    () => true,
    () => false,
  );
  // A run that never came to that event has ended, and tells so itself.
  if (!(await Promise.race([stopped, run.then(() => false)]))) return run;
  await work();
  await faults.on('main', 'kill -CONT $(cat /root/stopped)');
  return run;
}

/** The tools of the cases on a lab. */
export function faultLab(lab: Lab, release: string): FaultLab {
  const run = (...args: readonly string[]) => wizard(lab, args);
  const on = (host: string, text: string) => lab.host(host).must(text);
  return {
    lab,
    release,
    run,
    on,
    async must(code, ...args) {
      const result = await run(...args);
      expectThat(result.code === code, `${args.join(' ')} should have ended with ${code}:\n${told(result)}`);
      return result;
    },
    async until(host, text, seconds = 120) {
      for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(500)) if ((await lab.host(host).exec(text)).code === 0) return;
      throw new Error(`${host}: "${text}" did not come true within ${seconds} s`);
    },
  };
}

/** Puts every host back to freshly installed, with the answers and helpers of these tests. */
export async function reset({ lab }: FaultLab): Promise<void> {
  await lab.restore();
  await prepare(lab);
}

export type Result = 'passed' | 'failed' | 'skipped';

export interface Outcome {
  readonly result: Result;
  readonly seconds: number;
  readonly why?: string;
}

/** Results by `group: case`, kept in a file. */
export class Results {
  readonly #file: string;
  readonly #found: Record<string, Outcome>;

  constructor(name: string, fresh: boolean) {
    this.#file = join(cacheDir(), 'results', `${name}.json`);
    this.#found = !fresh && existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, Outcome>) : {};
  }

  get(id: string): Outcome | undefined {
    return this.#found[id];
  }

  put(id: string, outcome: Outcome): void {
    this.#found[id] = outcome;
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(this.#found, null, 2));
  }
}
