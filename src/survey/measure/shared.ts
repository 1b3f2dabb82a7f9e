/** Whether dataroot is one file system for all Moodle nodes: one writes and locks, the others look. */

import { asWizardError } from '../../core/errors.js';
import type { SharedMeasure, Spread } from '../../core/measure.js';
import { type ProbeHost, probeName, runProbe } from './probe.js';

const LOOK_SECONDS = 2;
/** The writer stays until every looker has said that it is done; this is only for those that never say so. */
const WRITE_SECONDS = 6;

interface LookerAnswer {
  readonly sees: boolean;
  readonly lock: SharedMeasure['lookers'][number]['lock'];
  readonly staleMs: number | null;
  readonly cold: Spread | null;
}

type Looker = SharedMeasure['lookers'][number];

async function look(host: ProbeHost, dataroot: string, name: string): Promise<Looker> {
  const node = host.executor.node.name;
  try {
    const answer = await runProbe(host, {
      probe: 'shared',
      request: { role: 'looker', path: dataroot, node, seconds: LOOK_SECONDS },
      name,
      seconds: LOOK_SECONDS,
    });
    const { sees, lock, staleMs, cold } = answer as LookerAnswer;
    return { node, sees, lock, staleMs, cold };
  } catch (thrown) {
    return { node, sees: false, lock: 'unknown', staleMs: null, cold: null, error: asWizardError(thrown).message };
  }
}

/** Never throws: what could not be found out is told. `hosts`: the writer first; one host alone shares with nobody. */
export async function measureShared(hosts: readonly ProbeHost[], dataroot: string): Promise<SharedMeasure | null> {
  const [writer, ...lookers] = hosts;
  if (!writer || lookers.length === 0) return null;
  const name = probeName();
  let looking: Promise<readonly Looker[]> | null = null;
  const begin = (): void => {
    looking ??= Promise.all(lookers.map((host) => look(host, dataroot, name)));
  };
  const node = writer.executor.node.name;
  try {
    const others = lookers.map((l) => l.executor.node.name);
    const request = { role: 'writer', path: dataroot, others, seconds: WRITE_SECONDS };
    const answer = (await runProbe(writer, { probe: 'shared', request, parents: [dataroot], name, seconds: WRITE_SECONDS, onReady: begin })) as {
      readonly refused: string | null;
    };
    return { writer: node, refused: answer.refused, lookers: looking === null ? [] : await (looking as Promise<readonly Looker[]>) };
  } catch (thrown) {
    if (looking !== null) await (looking as Promise<readonly Looker[]>);
    return { writer: node, refused: asWizardError(thrown).message, lookers: [] };
  }
}
