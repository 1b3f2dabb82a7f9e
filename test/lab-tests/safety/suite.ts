/** What the parts of the safety tests share: one lab, runs of the wizard with all output kept, and what several parts do or look at. */

import { afterAll, beforeAll, expect } from 'vitest';
import type { Lab } from '../../lab/index.js';
import { changeEvent, type EventRun, MUC, NODES, prepare, RECORD, runAtEvent, watch } from '../safety-lab.js';
import { dailyRelease, labFor, mucConfig, mucState, pageStatus, type WizardRun, wizard } from '../support.js';

export const release = dailyRelease();
export const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes', '--trial', '1'] as const;
export const PUBLISHED = changeEvent('muc-publish:main:mappings', 'done');

/** The managed Redis made smaller: a change of the services stage that takes no package. */
export const small = (text: string) => text.replace('memory: 256M', 'memory: 128M');

export interface SafetySuite {
  /** There once the tests run; so are the two below. */
  readonly lab: Lab;
  /** Hash, owner and mode of the MUC file before the first test. */
  readonly before: string;
  /** Data and processes of the other site's services before the first test. */
  readonly foreign: string;
  /** All that was printed by now, for the tests of secrets to search: what a test runs by other ways than `run` and `runAt`, it adds itself. */
  readonly outputs: string[];
  run(...args: readonly string[]): Promise<WizardRun>;
  /** Runs the wizard; at the first event that matches, runs a command beside it. */
  runAt(pattern: string, command: string, args: readonly string[]): Promise<EventRun>;
  status(): Promise<WizardRun>;
  /** Every node serves its pages. */
  pagesAnswer(): Promise<void>;
  /** Puts this text in the place of the MUC file, whatever is there. */
  restoreMuc(text: string): Promise<void>;
  storeNames(): Promise<readonly string[]>;
  /** Runs the script on record on main, without the wizard; gives what it printed. */
  breakGlass(): Promise<string>;
}

/** Call it within `describe`. */
export function safetySuite(): SafetySuite {
  let lab: Lab;
  let before: string;
  let foreign: string;
  const outputs: string[] = [];

  const kept = <T extends WizardRun>(run: T): T => {
    outputs.push(run.stdout, run.stderr);
    return run;
  };
  const run = async (...args: readonly string[]) => kept(await wizard(lab, args));
  const pagesAnswer = async () => {
    for (const node of NODES) expect(await pageStatus(lab, node), `page of ${node}`).toBe('200');
  };

  beforeAll(async () => {
    lab = await labFor({ release, name: 'safety', foreignServices: true });
    await prepare(lab);
    before = await mucState(lab);
    foreign = await lab.foreignData();
    await watch(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });

  return {
    get lab() {
      return lab;
    },
    get before() {
      return before;
    },
    get foreign() {
      return foreign;
    },
    outputs,
    run,
    runAt: async (pattern, command, args) => kept(await runAtEvent(lab, pattern, command, args)),
    status: () => run('status'),
    pagesAnswer,
    restoreMuc: async (text) => {
      await lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'sh', '-c', 'umask 007; rm -f "$1"; cat >"$1.x" && mv "$1.x" "$1"', 'sh', MUC], {
        stdin: text,
      });
    },
    storeNames: async () => Object.keys((await mucConfig(lab)).stores),
    breakGlass: async () => {
      const script = (await lab.hosts.main.must(`echo ${RECORD}/sites/*/break-glass.sh`)).trim();
      const done = await lab.hosts.main.exec(['sh', script]);
      outputs.push(done.stdout, done.stderr);
      expect(done.code, done.stderr).toBe(0);
      await pagesAnswer();
      return done.stdout;
    },
  };
}
