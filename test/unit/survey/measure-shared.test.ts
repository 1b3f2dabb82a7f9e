/** The look across nodes: the share is blamed only for what a looker did not see while the writer was there. */

import { describe, expect, it } from 'vitest';
import type { SharedMeasure } from '../../../src/core/measure.js';
import type { Executor } from '../../../src/exec/executor.js';
import type { ProbeHost } from '../../../src/survey/measure/probe.js';
import { measureShared } from '../../../src/survey/measure/shared.js';
import { clusterNode } from './world.js';

const SEES = { sees: true, lock: 'seen', staleMs: 60, cold: null };
const BLIND = { sees: false, lock: 'unknown', staleMs: null, cold: null };

interface Play {
  /** What each looker answers, and at which millisecond of this machine's clock. */
  readonly lookers: Readonly<Record<string, { readonly answer: object | null; readonly at: number }>>;
  readonly writer: object;
}

/** Plays a measurement: the clock stands at 0 when the writer is started, and where each looker says when its answer comes. */
async function playAll({ lookers, writer }: Play): Promise<SharedMeasure | null> {
  let time = 0;
  const host = (name: string): ProbeHost => ({
    toolkitDir: '/kit',
    phpBinary: 'php',
    webUser: 'www-data',
    executor: {
      node: clusterNode(name, ['web']),
      run: async (cmd, options) => {
        const request = JSON.parse(String(cmd.stdin));
        const answer = (data: object) => ({
          code: 0,
          stdout: `\n${request.marker}${JSON.stringify({ ok: true, data })}${request.marker}\n`,
          stderr: '',
          ms: 1,
        });
        if (request.role === 'looker') {
          const said = lookers[name];
          time = said?.at ?? 0;
          return said?.answer ? answer(said.answer) : { code: 1, stdout: '', stderr: '', ms: 1 };
        }
        options?.onLine?.(`${request.marker} ready`, 'stdout');
        return answer(writer);
      },
    } as Executor,
  });
  return measureShared(['main', ...Object.keys(lookers)].map(host), '/srv/moodledata', () => time);
}

const play = async (what: Play): Promise<SharedMeasure['lookers']> => (await playAll(what))?.lookers ?? [];

const WRITER = { refused: null, locked: true, heard: [], aliveMs: 10_200, slowestBeatMs: 60 };

describe('the look across nodes', () => {
  it('says that a folder is not seen where the looker waited while the writer was there', async () => {
    const [web1] = await play({ lookers: { web1: { answer: BLIND, at: 4000 } }, writer: WRITER });
    expect(web1).toEqual({ node: 'web1', ...BLIND });
  });

  it('does not judge a looker that may have come when the writer was gone', async () => {
    const [web1] = await play({ lookers: { web1: { answer: BLIND, at: 10_300 } }, writer: WRITER });
    expect(web1).toMatchObject({ node: 'web1', error: expect.stringContaining('so late') });
  });

  it('does not take a lock or a beat that ended with the writer for a fault of the share', async () => {
    const over = { ...SEES, lock: 'not-seen', staleMs: 1450 };
    const [late, alive] = await play({ lookers: { web1: { answer: over, at: 12_000 } }, writer: WRITER }).then(async (first) => [
      ...first,
      ...(await play({ lookers: { web1: { answer: over, at: 3000 } }, writer: WRITER })),
    ]);
    expect(late).toMatchObject({ lock: 'unknown', staleMs: null, error: expect.any(String) });
    expect(alive).toMatchObject({ lock: 'not-seen', staleMs: 1340 });
    expect(alive?.error).toBeUndefined();
  });

  it('keeps what a late looker did see, without the staleness', async () => {
    const [web1] = await play({ lookers: { web1: { answer: { ...SEES, staleMs: 1450 }, at: 12_000 } }, writer: WRITER });
    expect(web1).toEqual({ node: 'web1', ...SEES, staleMs: null });
  });

  it('judges a looker that the writer heard, however late its answer comes', async () => {
    const [web1] = await play({ lookers: { web1: { answer: { ...SEES, lock: 'not-seen' }, at: 30_000 } }, writer: { ...WRITER, heard: ['web1'] } });
    expect(web1).toEqual({ node: 'web1', ...SEES, lock: 'not-seen', staleMs: 0 });
  });

  it('takes off the staleness what the writer itself kept silent', async () => {
    const of = async (slowestBeatMs: number) =>
      (await play({ lookers: { web1: { answer: { ...SEES, staleMs: 1400 }, at: 3000 } }, writer: { ...WRITER, slowestBeatMs } }))[0]?.staleMs;
    expect(await of(55)).toBe(1295);
    expect(await of(1400)).toBe(0);
  });

  it('passes on that the writer itself could take no lock', async () => {
    const writer = { ...WRITER, locked: false, heard: ['web1'] };
    expect((await playAll({ lookers: { web1: { answer: { ...SEES, lock: 'not-seen' }, at: 3000 } }, writer }))?.locked).toBe(false);
  });

  it('tells why a node could not look', async () => {
    const [web1] = await play({ lookers: { web1: { answer: null, at: 3000 } }, writer: WRITER });
    expect(web1?.error).toContain('ended with code 1');
  });
});
