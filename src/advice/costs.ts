/** What a read costs in each place, from measurements: milliseconds, the worst node counts. Pure. */

import { serverOf } from '../caches/plugins/catalog.js';
import { NETWORK_FS } from '../core/local-folder.js';
import {
  type Measurements,
  type NodeMeasure,
  PAGES_ERROR,
  type Place,
  type PlaceMeasure,
  type RoundTrip,
  type ServiceMeasure,
  type Spread,
} from '../core/measure.js';
import { DEFINITIONS_A_PAGE } from './access-frequency.js';
import { RENEWED } from './rules.js';

/** One read of `bytes` from a place, and what a page pays once for using it. */
export interface Cost {
  read(bytes: number): number;
  readonly perPage: number;
  /** True unless it was measured with the very client that Moodle uses. */
  readonly estimate: boolean;
  /** The number in words: `0.9 ms a read`. */
  readonly words: string;
}

/** Turning the stored text into a value costs the same wherever it came from. */
const UNPACK_MS_PER_BYTE = 0.000002;
/** APCu copies from the node's own memory; measured with PHP 8.2 it is below this for values of a few kilobytes. */
const APCU_READ_MS = 0.004;
/** A page finds disk or server busy now and then: median and 95th percentile weigh together. */
const TAIL = 0.1;
/** So many medians at most: beyond, it is a hiccup of the moment. */
const OUTLIER = 10;

const round = (n: number): number => (n >= 10 ? Math.round(n) : n >= 1 ? Math.round(n * 10) / 10 : Math.round(n * 1000) / 1000);

/** A number of milliseconds as sentences say it. */
export const ms = (n: number): string => `${round(n)} ms`;

function worst<T>(items: readonly T[], value: (item: T) => number | undefined): T | undefined {
  return [...items].filter((i) => value(i) !== undefined).sort((a, b) => (value(b) ?? 0) - (value(a) ?? 0))[0];
}

/** A place as the slowest node has it; cachedir is dataroot where it lies on it, and what is reached over the network is no local one. */
export function placeOf(measured: Measurements, place: Place): (PlaceMeasure & { readonly node: string }) | undefined {
  const all = Object.values(measured.nodes).flatMap((n) =>
    n.places.filter((p) => p.place === place && !(place === 'local' && NETWORK_FS.test(p.fsType))).map((p) => ({ ...p, node: n.node })),
  );
  return worst(all, (p) => p.ops.read?.p50);
}

/** The place of Moodle's shared caches. */
export function sharedPlace(measured: Measurements): (PlaceMeasure & { readonly node: string }) | undefined {
  return placeOf(measured, 'cachedir') ?? placeOf(measured, 'dataroot');
}

/** A median with its share of what now and then takes longer. */
const typical = ({ p50, p95 }: Spread): number => p50 + TAIL * (Math.min(p95, OUTLIER * p50) - p50);

/** What a file store in a place costs; undefined when it was not measured. */
export function fileCost(place: PlaceMeasure | undefined): Cost | undefined {
  const read = place?.ops.read;
  if (!read) return undefined;
  return { read: (bytes) => typical(read) + bytes * UNPACK_MS_PER_BYTE, perPage: 0, estimate: false, words: `${ms(read.p50)} a read` };
}

/** A read of the shared disk. */
export interface SharedRead {
  /** Median of a file that this node has read before. */
  readonly known: number;
  /** Median of one that another node has changed since; as the other where that is no slower, or was measured elsewhere. */
  readonly changed: number;
  /** Both, as often as they come. */
  readonly mean: number;
}

/** What a small file of the shared caches takes; undefined where it was not measured. */
export function sharedRead(measured: Measurements): SharedRead | undefined {
  const place = sharedPlace(measured);
  const known = place?.ops.read?.p50;
  if (!place || known === undefined) return undefined;
  const dataroot = measured.nodes[place.node]?.places.find((p) => p.place === 'dataroot');
  // What other nodes wrote was read from dataroot; caches may lie on another disk.
  const sameDisk = place.place === 'dataroot' || (place.source === dataroot?.source && place.fsType === dataroot.fsType);
  const cold = worst(measured.shared?.lookers ?? [], (l) => l.cold?.p50)?.cold?.p50 ?? 0;
  const changed = sameDisk ? Math.max(known, cold) : known;
  return { known, changed, mean: known + RENEWED * (changed - known) };
}

/** What Moodle's file store on the shared disk costs: now and then another node has changed a file, and it must be fetched again. */
export function sharedCost(measured: Measurements): Cost | undefined {
  const cost = fileCost(sharedPlace(measured));
  const read = sharedRead(measured);
  if (!cost || !read) return cost;
  const words = read.changed > OUTLIER * read.known ? `${cost.words}, ${ms(read.changed)} when another node has changed it` : cost.words;
  return { ...cost, read: (bytes) => cost.read(bytes) + read.mean - read.known, words };
}

export const APCU_COST: Cost = {
  read: (bytes) => APCU_READ_MS + bytes * UNPACK_MS_PER_BYTE,
  perPage: 0,
  estimate: true,
  words: 'a few thousandths of a millisecond a read',
};

/** A service as the node farthest from it sees it. */
export function serviceOf(measured: Measurements, service: string): (ServiceMeasure & { readonly node: string }) | undefined {
  const all = Object.values(measured.nodes).flatMap((n: NodeMeasure) => n.services.filter((s) => s.service === service).map((s) => ({ ...s, node: n.node })));
  return worst(all, (s) => s.roundTrips.find((r) => r.bytes === 1000)?.get?.p50 ?? s.connect?.p50);
}

/** Straight lines between the sizes that were measured. */
function interpolate(trips: readonly (RoundTrip & { readonly at: number })[], bytes: number): number {
  const [first] = trips;
  if (!first) return 0;
  let below = first;
  for (const trip of trips) {
    if (trip.bytes >= bytes) {
      const span = trip.bytes - below.bytes;
      return span <= 0 ? trip.at : below.at + ((trip.at - below.at) * Math.max(0, bytes - below.bytes)) / span;
    }
    below = trip;
  }
  return below.at;
}

/**
 * What a cache service costs; undefined when not even the way to it is known. Of MongoDB the driver keeps the connection from page to page, but Moodle's
 * store asks for the index of every definition that a page uses (cachestore_mongodb::initialise).
 */
export function serviceCost(service: ServiceMeasure | undefined): Cost | undefined {
  // One that answers, but not as Moodle's client needs it (a password, a replica, a cluster), has no price: it cannot be used as it is.
  if (!service || (service.error !== undefined && service.refused !== true)) return undefined;
  const trips = service.roundTrips.flatMap((r) => (r.get ? [{ ...r, at: typical(r.get) }] : [])).sort((a, b) => a.bytes - b.bytes);
  const connect = service.connect?.p50;
  const small = trips.find((t) => t.bytes === 1000)?.at ?? trips[0]?.at;
  const each = serverOf(service.plugin)?.paysPerDefinition === true;
  if (small !== undefined) {
    return {
      read: (bytes) => interpolate(trips, bytes) + bytes * UNPACK_MS_PER_BYTE,
      perPage: each ? DEFINITIONS_A_PAGE * (trips[0]?.at ?? small) : (connect ?? small * 2),
      estimate: service.estimate,
      words: `${ms(small)} a read${service.estimate ? ' (estimated from its protocol)' : ''}`,
    };
  }
  if (connect === undefined) return undefined;
  return {
    read: (bytes) => connect + bytes * UNPACK_MS_PER_BYTE * 2,
    perPage: connect * (each ? DEFINITIONS_A_PAGE : 2),
    estimate: true,
    words: `about ${ms(connect)} a read (estimated from the network distance)`,
  };
}

/** Largest value that every node could keep there, in bytes; undefined when no limit showed. */
export function largestTaken(measured: Measurements, service: string): number | undefined {
  const refused = Object.values(measured.nodes).flatMap((n) =>
    n.services
      .filter((s) => s.service === service)
      .flatMap((s) => s.roundTrips.filter((r) => r.refused?.startsWith('the server does not take')).map((r) => r.bytes)),
  );
  const limit = Object.values(measured.nodes).flatMap((n) =>
    n.services.flatMap((s) => (s.service === service && s.server?.['settings_item_size_max'] ? [Number(s.server['settings_item_size_max'])] : [])),
  );
  const all = [...limit, ...refused.map((b) => b - 1)];
  return all.length === 0 ? undefined : Math.min(...all);
}

/** First byte of a page where none was measured: what the lab's hosts take. */
const USUAL_PAGE_MS = 60;

/** Milliseconds of a page today. */
export interface PageTime {
  readonly ms: number;
  /** Null: it was measured. Else `ms` is only a usual one, and this says why, empty where that is not known. */
  readonly unmeasured: string | null;
}

/** The slowest node's median; a usual one where no node's page was measured, or nothing was. */
export function pageTime(measured: Measurements | null): PageTime {
  const nodes = Object.values(measured?.nodes ?? {});
  const page = worst(nodes, (n) => n.page?.p50)?.page;
  if (page) return { ms: page.p50, unmeasured: null };
  const [why = ''] = nodes.flatMap((n) =>
    n.errors.flatMap((e) => (e.startsWith(`${PAGES_ERROR}: `) ? [`on ${n.node} ${e.slice(PAGES_ERROR.length + 2)}`] : [])),
  );
  return { ms: USUAL_PAGE_MS, unmeasured: why.replace(/\.$/, '') };
}
