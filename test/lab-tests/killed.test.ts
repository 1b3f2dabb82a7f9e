/**
 * The wizard killed once before and once after each kind of change, on real hosts: a whole run with a trial, gone on with after every kill, and its way
 * back, taken up after every kill. The kinds are read from the journals of an undisturbed run. (Each single change of a run: test/unit/engine/crash-*;
 * random moments: npm run faults.)
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { LOCK, NODES, put } from './safety-lab.js';
import { answersText, labFor, mucConfig, mucState, pageStatus, putAnswers, quickRelease, told, wizard } from './support.js';
import { armed, dropTokens } from './trial-lab.js';

const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes', '--trial', '1'] as const;
const RESUME = [...APPLY, '--resume'] as const;
const BACK = ['rollback', '--yes'] as const;
const ENV = { REDIS_PASSWORD: 'some password', HOME: '/root' };
/** Kinds that look or wait and leave nothing that could be half done. */
const ONLY_LOOK = ['service-ready', 'php-ready', 'prove', 'baseline', 'settle', 'pages'];
/** What at-journal.pl ends with. */
const [KILLED, NEVER_CAME] = [137, 99];
const NEWEST = '$(ls -t /root/.local/state/moodle-cluster-wizard/runs/*/journal.jsonl | head -n 1)';

/** A line of the journal: `change.begin`, the id of the change. */
interface Moment {
  readonly ev: string;
  readonly change: string;
  /** What is killed there for the first time: `after package`, `before file`. */
  readonly news: readonly string[];
}

describe(`killed before and after each kind of change, on Moodle ${quickRelease()}`, () => {
  let lab: Lab;
  let before: string;
  let after: unknown;
  let hostsBefore: readonly string[];
  let hostsAfter: readonly string[];
  let applied: readonly Moment[];
  let undone: readonly Moment[];

  async function done(args: readonly string[]): Promise<void> {
    const run = await wizard(lab, args, ENV);
    expect(run.code, told(run)).toBe(0);
  }

  /**
   * Where in the newest journal another kind begins: after one change and before the next. As few as there must be for each kind that changes something to be
   * killed before and after.
   */
  async function momentsOfKinds(): Promise<readonly Moment[]> {
    const lines = (await lab.hosts.main.must(`cat ${NEWEST}`)).split('\n').filter((line) => /"ev":"(change|undo)\.(begin|done)"/.test(line));
    const covered = new Set<string>();
    const moments: Moment[] = [];
    let last = '';
    for (const { ev, change } of lines.map((line) => JSON.parse(line) as Moment)) {
      const kind = change.split(':')[0] ?? '';
      if (ev.endsWith('.done')) {
        last = kind;
        continue;
      }
      const news = [`after ${last}`, `before ${kind}`].filter((n) => n !== 'after ' && !covered.has(n) && !ONLY_LOOK.some((look) => n.endsWith(` ${look}`)));
      if (last === kind || news.length === 0) continue;
      for (const n of news) covered.add(n);
      moments.push({ ev, change, news });
    }
    return moments;
  }

  /** Packages, units and services on each host: what a run leaves besides the MUC file. */
  async function onHosts(): Promise<readonly string[]> {
    const look =
      "dpkg-query -Wf '${Package} ${Status}\\n' | grep -E 'redis|apcu' | grep -v deinstall; ls /etc/systemd/system /etc/moodle-cluster-wizard | grep -E 'moodle-muc|redis'; systemctl is-active 'moodle-muc-*'";
    return Promise.all([...NODES, 'cache1'].map(async (host) => `${host}: ${(await lab.host(host).exec(look)).stdout}`));
  }

  async function expectClean(): Promise<void> {
    await dropTokens(lab);
    expect(await armed(lab)).toEqual([]);
    expect((await lab.hosts.main.exec(['test', '-e', LOCK])).code, 'the lock is gone').not.toBe(0);
    for (const node of NODES) expect(await pageStatus(lab, node)).toBe('200');
  }

  /** Runs the wizard and kills it at that moment. @returns false when it ended before */
  async function killedAt({ ev, change }: Moment, args: readonly string[]): Promise<boolean> {
    const pattern = `"ev":"${ev}","change":"${change.replaceAll(/[^\w:]/g, '\\$&')}"`;
    const { code, stderr } = await lab.hosts.main.exec(['perl', '/root/at-journal.pl', pattern, ...args], { env: ENV, timeoutMs: 600_000 });
    expect([KILLED, NEVER_CAME], stderr).toContain(code);
    return code === KILLED;
  }

  /**
   * Kills a command at each moment, going on with it after each kill. A moment that the rest of a killed run does not come to again (what was killed had
   * done its work) gets a run of its own, from the state before.
   */
  async function killAtEach(moments: readonly Moment[], first: readonly string[], goOn: readonly string[], startOver: () => Promise<void>): Promise<void> {
    let next = first;
    for (const moment of moments) {
      if (!(await killedAt(moment, next))) {
        await startOver();
        expect(await killedAt(moment, first), `${moment.ev} ${moment.change} came`).toBe(true);
        console.log(`over at ${moment.ev} ${moment.change}`);
      }
      next = goOn;
    }
  }

  beforeAll(async () => {
    lab = await labFor({ release: quickRelease(), name: 'killed' });
    await put(lab, 'main', '/root/at-journal.pl', readFileSync(join(import.meta.dirname, 'files', 'at-journal.pl')), '755');
    await putAnswers(lab, answersText('redis'));
    before = await mucState(lab);
    hostsBefore = await onHosts();
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('an undisturbed run, and its way back', async () => {
    await done(APPLY);
    applied = await momentsOfKinds();
    after = await mucConfig(lab);
    hostsAfter = await onHosts();
    await done(BACK);
    undone = await momentsOfKinds();
    expect(await mucState(lab)).toBe(before);
    expect(await onHosts()).toEqual(hostsBefore);
    const words = (moments: readonly Moment[]) => moments.flatMap((m) => m.news);
    console.log(`${applied.length} moments of the run: ${words(applied).join(', ')}\n${undone.length} of its way back: ${words(undone).join(', ')}`);
    // All kinds there are, and the way back of those that have one of their own.
    for (const kind of ['restore-point', 'directory', 'package', 'file', 'unit', 'muc-publish', 'converge', 'trial-arm', 'empty']) {
      expect(words(applied)).toEqual(expect.arrayContaining([`before ${kind}`, `after ${kind}`]));
    }
    for (const kind of ['package', 'unit', 'file', 'directory']) expect(words(undone)).toContain(`before ${kind}`);
    for (const kind of ['muc-restore', 'package', 'unit']) expect(words(undone)).toContain(`after ${kind}`);
  });

  it('gone on with after every kill, the run ends as if nothing had been', async () => {
    await killAtEach(applied, APPLY, RESUME, () => done(BACK));
    await done(RESUME);
    expect(await mucConfig(lab)).toEqual(after);
    expect(await onHosts()).toEqual(hostsAfter);
    await expectClean();
  });

  it('taken up after every kill, the way back ends as if nothing had been', async () => {
    await killAtEach(undone, BACK, BACK, () => done(APPLY));
    await done(BACK);
    expect(await mucState(lab)).toBe(before);
    expect(await onHosts()).toEqual(hostsBefore);
    await expectClean();
  });
});
