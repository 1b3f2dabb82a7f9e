/** Measurements as the probes answer them, bent as tests need them. */

import type { Measurements, NodeMeasure, PlaceMeasure, RoundTrip, ServiceMeasure, SharedMeasure, SiteUse, Spread } from '../../../src/core/measure.js';

export interface Numbers {
  /** Milliseconds of a small read. */
  readonly shared: number;
  readonly local: number;
  readonly page?: number;
  /** Lines of `errors`, the same on every node. */
  readonly errors?: readonly string[];
  /** Service -> milliseconds of 1 kB there and back; `tcp` knows the way only. */
  readonly services?: Readonly<
    Record<
      string,
      {
        readonly plugin?: string;
        readonly ms: number;
        readonly via?: ServiceMeasure['via'];
        readonly itemMax?: number;
        readonly server?: Record<string, string>;
      }
    >
  >;
  readonly use?: Partial<SiteUse>;
  readonly locked?: boolean;
  readonly lock?: SharedMeasure['lookers'][number]['lock'];
  readonly sees?: boolean;
  readonly lookError?: string;
  readonly staleMs?: number;
  /** Milliseconds of the first read of what another node wrote. */
  readonly cold?: number;
  readonly fsType?: string;
  readonly localFsType?: string;
  readonly refused?: string;
}

export const spread = (p50: number, n = 50): Spread => ({ p50, p95: p50 * 1.6, p99: p50 * 2.5, n });

function place(name: PlaceMeasure['place'], read: number, fsType: string, refused?: string): PlaceMeasure {
  const common = { place: name, path: `/${name}`, fsType, source: 's', device: '1', options: 'rw', freeMb: 5000, freeInodes: 100_000 };
  if (refused !== undefined) return { ...common, ops: {}, refused };
  return {
    ...common,
    ops: {
      create: spread(read * 1.4),
      read: spread(read),
      stat: spread(read / 4),
      rename: spread(read / 2),
      fsync: spread(read * 3),
      delete: spread(read / 2),
    },
  };
}

function service(name: string, s: NonNullable<Numbers['services']>[string]): ServiceMeasure {
  const via = s.via ?? 'php';
  const sizes = [100, 1000, 20_000, 500_000, 1_100_000];
  const trips = sizes.map((bytes): RoundTrip => {
    if (s.itemMax !== undefined && bytes > s.itemMax) return { bytes, refused: 'the server does not take a value of this size' };
    const at = s.ms * (1 + bytes / 50_000);
    return { bytes, get: spread(at), set: spread(at * 1.1) };
  });
  return {
    service: name,
    plugin: s.plugin ?? 'redis',
    address: '10.0.0.41:6390',
    via,
    estimate: via !== 'php',
    connect: spread(s.ms * (via === 'tcp' ? 1 : 3)),
    roundTrips: via === 'tcp' ? [] : trips,
    ...(s.server === undefined && s.itemMax === undefined
      ? {}
      : { server: { ...s.server, ...(s.itemMax === undefined ? {} : { settings_item_size_max: String(s.itemMax) }) } }),
  };
}

export const USE: SiteUse = {
  activeHour: null,
  activeDay: null,
  activeMonth: null,
  users: 500,
  courses: 40,
  sessionsHour: null,
  themeDesignerMode: false,
  cacheJs: true,
  langStringCache: true,
  definitions: [],
};

/** The same numbers on every Moodle node of the fixture. */
export function measurements(numbers: Numbers, nodes: readonly string[] = ['main', 'web1']): Measurements {
  const node = (name: string): NodeMeasure => ({
    node: name,
    places: [
      place('dataroot', numbers.shared, numbers.fsType ?? 'nfs4', numbers.refused),
      place('local', numbers.local, numbers.localFsType ?? 'ext4'),
      place('tmpfs', Math.min(0.02, numbers.local), 'tmpfs'),
    ],
    services: Object.entries(numbers.services ?? {}).map(([n, s]) => service(n, s)),
    ...(numbers.page === undefined ? {} : { page: spread(numbers.page, 10) }),
    errors: numbers.errors ?? [],
  });
  const [writer = 'main', ...lookers] = nodes;
  return {
    version: 1,
    at: '2026-11-28T10:00:00.000Z',
    of: Object.fromEntries(nodes.map((n) => [n, 'x'])),
    nodes: Object.fromEntries(nodes.map((n) => [n, node(n)])),
    shared: {
      writer,
      refused: null,
      locked: numbers.locked ?? true,
      lookers: lookers.map((n) => ({
        node: n,
        sees: numbers.sees ?? true,
        lock: numbers.lock ?? 'seen',
        staleMs: numbers.staleMs ?? 0,
        cold: spread(numbers.cold ?? numbers.shared * 1.5),
        ...(numbers.lookError === undefined ? {} : { error: numbers.lookError }),
      })),
    },
    use: { ...USE, ...numbers.use },
    memcached: [],
  };
}
