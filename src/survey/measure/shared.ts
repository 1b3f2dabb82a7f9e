/** Whether dataroot is one file system for all Moodle nodes: one writes and locks, the others look. */

import type * as z from 'zod';
import { asWizardError } from '../../core/errors.js';
import type { SharedMeasure } from '../../core/measure.js';
import { lookerAnswer, writerAnswer } from '../../intake/measure.js';
import { type ProbeHost, probeName, runProbe } from './probe.js';

/** A looker waits so long for the folder to appear. */
const LOOK_SECONDS = 2;
/**
 * The writer stays until every looker has said that it is done. All of it is waited only where one never says so, because it does not see the share;
 * it has room for PHP that takes seconds to start, on the writer and on the looker.
 */
const WRITE_SECONDS = 10;
/** The writer's own beat. */
const BEAT_MS = 50;

type WriterAnswer = z.infer<typeof writerAnswer>;

type Looker = SharedMeasure['lookers'][number];

interface Looked {
  readonly looker: Looker;
  /** When its answer came, by this machine's clock. */
  readonly at: number;
}

async function look(host: ProbeHost, dataroot: string, name: string, clock: () => number): Promise<Looked> {
  const node = host.executor.node.name;
  try {
    const request = { role: 'looker', path: dataroot, node, seconds: LOOK_SECONDS };
    const { sees, lock, staleMs, cold } = await runProbe(host, { probe: 'shared', request, name, seconds: LOOK_SECONDS }, lookerAnswer);
    return { looker: { node, sees, lock, staleMs, cold }, at: clock() };
  } catch (thrown) {
    return { looker: { node, sees: false, lock: 'unknown', staleMs: null, cold: null, error: asWizardError(thrown).message }, at: clock() };
  }
}

/**
 * What a looker says against the share counts only while the writer was there for certain: it heard the looker, or it lived until after the answer came.
 * `began`: before the writer was started, so that its own time counts from a moment that is surely not too late; no two clocks are compared.
 */
function judged({ looker, at }: Looked, writer: WriterAnswer, began: number): Looker {
  if (looker.error !== undefined) return looker;
  if (writer.heard.includes(looker.node) || at <= began + (writer.aliveMs ?? 0)) {
    const silent = (writer.slowestBeatMs ?? 0) + BEAT_MS;
    return looker.staleMs === null ? looker : { ...looker, staleMs: Math.max(0, Math.round(looker.staleMs - silent)) };
  }
  // What it saw was there; what it did not see may have been gone.
  if (looker.sees && looker.lock === 'seen') return { ...looker, staleMs: null };
  return { ...looker, lock: 'unknown', staleMs: null, error: 'it checked so late that the writer may have ended already (a slow or busy machine)' };
}

/** Never throws: what could not be found out is reported. `hosts`: the writer first; one host alone shares with nobody. */
export async function measureShared(
  hosts: readonly ProbeHost[],
  dataroot: string,
  clock: () => number = () => performance.now(),
): Promise<SharedMeasure | null> {
  const [writer, ...watching] = hosts;
  if (!writer || watching.length === 0) return null;
  const name = probeName();
  let looking: Promise<readonly Looked[]> | null = null;
  const begin = (): void => {
    looking ??= Promise.all(watching.map((host) => look(host, dataroot, name, clock)));
  };
  const node = writer.executor.node.name;
  const began = clock();
  try {
    const others = watching.map((l) => l.executor.node.name);
    const request = { role: 'writer', path: dataroot, others, seconds: WRITE_SECONDS };
    const call = { probe: 'shared', request, parents: [dataroot], name, seconds: WRITE_SECONDS, onReady: begin } as const;
    const answer = await runProbe(writer, call, writerAnswer);
    const looked = looking === null ? [] : await (looking as Promise<readonly Looked[]>);
    const lookers = looked.map((l) => judged(l, answer, began));
    return { writer: node, refused: answer.refused, ...(answer.locked === undefined ? {} : { locked: answer.locked }), lookers };
  } catch (thrown) {
    if (looking !== null) await (looking as Promise<readonly Looked[]>);
    return { writer: node, refused: asWizardError(thrown).message, lookers: [] };
  }
}
