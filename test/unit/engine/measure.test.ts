/** What of the measurements on record counts, and when the cluster is measured again. */

import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import type { ClusterFacts } from '../../../src/core/facts.js';
import type { Measurements, ServiceMeasure } from '../../../src/core/measure.js';
import { loadOrMeasure, type MeasureWish, measuredOf, servicesToAsk } from '../../../src/engine/session/measurements.js';
import type { Session } from '../../../src/engine/session/session.js';
import { measurements, type Numbers } from '../advice/measured.js';
import { CLUSTER, clusterNode, facts, MOODLE, moodleNode } from '../survey/world.js';

const NODES = [clusterNode('main', ['main', 'web']), clusterNode('web1', ['web']), clusterNode('web2', ['web'])];
const FACTS: ClusterFacts = facts({ web2: moodleNode('web2') });
const NUMBERS: Numbers = { shared: 1, local: 0.1, services: { r: { ms: 0.1 } } };
const R = { service: 'r', plugin: 'redis', host: '10.0.0.41', port: 6390 };

function record(of = FACTS): Measurements {
  const names = NODES.map((n) => n.name);
  return { ...measurements(NUMBERS, names), at: '2026-11-01T00:00:00.000Z', of: measuredOf(of, names) };
}

interface Brought {
  readonly adopted: Measurements | null;
  readonly kept: Measurements | null;
  /** Names of the probes that ran. */
  readonly probes: readonly string[];
}

/** Brings measurements to a session whose nodes `out` are left out. */
async function bring(
  wish: MeasureWish,
  {
    on = record(),
    out = [],
    at = '2026-11-10',
    services = [R],
    seen = FACTS,
  }: {
    readonly on?: Measurements | null;
    readonly out?: readonly string[];
    readonly at?: string;
    readonly services?: readonly (typeof R)[];
    readonly seen?: ClusterFacts;
  } = {},
): Promise<Brought> {
  const told: { adopted: Measurements | null; kept: Measurements | null } = { adopted: null, kept: null };
  const probes: string[] = [];
  const executor = (node: ClusterNode) => ({
    node,
    run: async (cmd: { readonly stdin: string }) => {
      const request = JSON.parse(cmd.stdin);
      probes.push(`${request.op} ${node.name}`);
      const again = { service: 'new', plugin: 'redis', address: '10.0.0.42:6390', via: 'php', estimate: false, roundTrips: [] };
      const data =
        request.op === 'page' ? { page: null, why: 'no' } : request.op === 'shared' ? { refused: 'no', heard: [] } : request.op === 'services' ? [again] : [];
      return { code: 0, stdout: `${request.marker}${JSON.stringify({ ok: true, data })}${request.marker}`, stderr: '', ms: 1 };
    },
  });
  const session = {
    cluster: { ...CLUSTER, webUser: 'www-data', nodes: NODES.map((n) => (out.includes(n.name) ? { ...n, state: 'out' } : n)) },
    answers: {},
    toolkitDir: '/kit',
    record: {
      readFile: async () => (on === null ? null : JSON.stringify(on)),
      writeFile: async (_site: string, _name: string, text: string) => {
        told.kept = JSON.parse(text);
      },
    },
    executor: (name: string) => executor(clusterNode(name, ['web'])),
    bridge: () => ({ runtime: async () => null, usage: async () => null }),
    facts: () => seen,
    services: () => services,
    attachMeasurements: (measured: Measurements) => {
      told.adopted = measured;
    },
    emit: () => {},
    signal: new AbortController().signal,
  } as unknown as Session;
  await loadOrMeasure(session, wish, () => new Date(`${at}T00:00:00.000Z`));
  return { ...told, probes };
}

describe('measurements on record', () => {
  it('count as they are while nothing has changed', async () => {
    for (const wish of ['kept', 'due'] as const) expect(await bring(wish)).toEqual({ adopted: record(), kept: null, probes: [] });
  });

  it('go on counting for the nodes that remain when one is left out', async () => {
    for (const wish of ['kept', 'due'] as const) {
      const { adopted, probes } = await bring(wish, { out: ['web2'] });
      expect(probes).toEqual([]);
      expect(Object.keys(adopted?.nodes ?? {})).toEqual(['main', 'web1']);
      expect(adopted?.shared?.lookers.map((l) => l.node)).toEqual(['web1']);
    }
  });

  it('count no more for a node whose folders lie elsewhere now: it is measured again where that is asked for', async () => {
    const moved = facts({ web2: moodleNode('web2', { datarootMount: { ...MOODLE.datarootMount, source: 'other:/moodle' } }) });
    expect(Object.keys((await bring('kept', { seen: moved })).adopted?.nodes ?? {})).toEqual(['main', 'web1']);
    expect((await bring('due', { seen: moved })).probes).toContain('disk main');
  });

  it('are not lost for a node that is left out while services are asked again', async () => {
    const { adopted, kept, probes } = await bring('due', { out: ['web2'], services: [{ ...R, service: 'new' }] });
    expect(new Set(probes.map((p) => p.split(' ')[0]))).toEqual(new Set(['services']));
    expect(Object.keys(adopted?.nodes ?? {})).toEqual(['main', 'web1']);
    expect(Object.keys(kept?.nodes ?? {})).toEqual(['main', 'web1', 'web2']);
    expect(kept?.nodes['main']?.services[0]?.service).toBe('new');
    expect(kept?.nodes['web2']).toEqual(record().nodes['web2']);
    expect(kept?.of).toEqual(record().of);
    expect(kept?.shared?.lookers).toHaveLength(2);
  });

  it('are made again after a month where the answers ask to measure, and said to be old where they do not', async () => {
    const late = { at: '2026-12-20' };
    expect((await bring('due', late)).probes).toContain('disk main');
    expect((await bring('kept', late)).adopted).toEqual({ ...record(), agedDays: 49 });
    expect((await bring('kept')).adopted?.agedDays).toBeUndefined();
  });

  it('are left alone where the file is no record of ours', async () => {
    expect(await bring('kept', { on: null })).toEqual({ adopted: null, kept: null, probes: [] });
    expect((await bring('kept', { on: { ...record(), of: 'abc' } as never })).adopted).toBeNull();
  });
});

describe('a service is asked again', () => {
  const reach = (ok: boolean) => facts({ main: moodleNode('main', {}, { reach: [{ service: 'r', ok }] }) });
  const asked = (before: Partial<ServiceMeasure> | null, ok = true, of = reach(ok)): boolean => {
    const on = measurements(NUMBERS, ['main']);
    const main = on.nodes['main']!;
    const services = before === null ? [] : main.services.map((s) => ({ ...s, ...before }));
    return servicesToAsk(of, { ...on, nodes: { main: { ...main, services } } }, [R]);
  };

  it('when it is new, or answers now and did not then, or could be asked through PHP now', () => {
    expect(asked(null)).toBe(true);
    expect(asked({})).toBe(false);
    expect(asked({ via: 'tcp', estimate: true, error: 'refused' })).toBe(true);
    expect(asked({ via: 'tcp', estimate: true, error: 'refused' }, false)).toBe(false);
    expect(asked({ via: 'tcp', estimate: true })).toBe(true);
    const redis = facts({ main: moodleNode('main', { cli: { ...MOODLE.cli, extensions: { redis: '6' } } }, { reach: [{ service: 'r', ok: true }] }) });
    expect(asked({ via: 'raw', estimate: true })).toBe(false);
    expect(asked({ via: 'raw', estimate: true }, true, redis)).toBe(true);
    // Not measured because the extension is missing: not asked again before it is there.
    const unmeasured = { via: 'tcp', estimate: true, unmeasured: 'the PHP extension is not installed' } as const;
    expect(asked(unmeasured)).toBe(false);
    expect(asked(unmeasured, true, redis)).toBe(true);
  });
});
