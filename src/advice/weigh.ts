/**
 * Weighs, from measurements, where application caches should lie: every combination of a shared store (as now, or a service) with private ones (APCu,
 * the local disk) has a price, the milliseconds of a page that go into caches plus what each part is worth avoiding under this aim. The cheapest wins;
 * what is within the noise of it is said to be a close call. Pure.
 */

import type { Aim } from '../core/advice.js';
import type { MucDefinition } from '../core/facts.js';
import type { Measurements } from '../core/measure.js';
import { heatOf } from './access-frequency.js';
import { APCU_COST, type Cost, ms, type PageTime } from './costs.js';
import { FEW_USERS } from './rules.js';

/** Kinds of private store on each node: the memory of its PHP (APCu), its local disk. */
export type Tier = 'memory' | 'disk';

/** A shared store that could serve application caches. */
export interface Base {
  /** `files`: Moodle's file store on the shared disk; else a service of the answers, or the plugin of one that is only suggested. */
  readonly id: string;
  /** Only of a suggested one: `a Redis server`. */
  readonly noun?: string;
  /** It serves them already. */
  readonly now: boolean;
  readonly cost: Cost;
  /** Not listed in the answers: it would have to be set up. */
  readonly suggested: boolean;
}

export interface WeighInput {
  readonly aim: Aim;
  readonly users: number | undefined;
  readonly bases: readonly Base[];
  /** Whether a definition may be kept privately, and in which kind of private store. */
  readonly local: (definition: MucDefinition) => 'small' | 'large' | null;
  readonly definitions: readonly MucDefinition[];
  readonly measured: Measurements;
  readonly memory: { readonly possible: boolean; readonly there: boolean };
  readonly disk: { readonly cost: Cost | undefined; readonly there: boolean };
  /** Milliseconds of a page today. */
  readonly page: number;
  /** The base that the answers name, when they do. */
  readonly fixed?: string;
}

export interface Weighed {
  /** `id` of its base. */
  readonly base: string;
  readonly baseNow: boolean;
  readonly suggested: boolean;
  /** How a sentence names its base where it is suggested. */
  readonly noun: string;
  readonly memory: boolean;
  readonly disk: boolean;
  /** Milliseconds of a page that reading caches takes. */
  readonly cacheMs: number;
  /** Price: with what each part is worth avoiding. */
  readonly price: number;
}

export interface Weighing {
  readonly best: Weighed;
  /** The best of those that need nothing that is not there or listed: what is done, also where a service that is only suggested would be better still. */
  readonly doable: Weighed;
  readonly now: Weighed;
  /** All, cheapest first. */
  readonly all: readonly Weighed[];
  /** Another combination that small changes of the numbers would make the best; null when there is none. */
  readonly close: Weighed | null;
}

/** Share of a page's time that one more part must win, by aim: below it, leave it as it is. Our numbers: the spread of page times on a quiet site is 3 to 5 %. */
const WORTH: Readonly<Record<Aim, number>> = { 'few-changes': 0.1, balanced: 0.04, fastest: 0.006 };
/** A service that nobody has listed yet must be set up and kept running; for few people it must win much. */
const NEW_SERVICE: Readonly<Record<Aim, number>> = { 'few-changes': 0.2, balanced: 0.08, fastest: 0.02 };
const NEW_SERVICE_FOR_FEW = 0.8;
/** And that much of a page, milliseconds: less, a handful of people would not notice. */
const NEW_SERVICE_FOR_FEW_MS = 400;
/** For many people small gains count more: the same page is made that much more often. */
const MANY_USERS = 1000;
/** Prices this near to each other change places when the numbers change by a few percent. */
export const CLOSE = 0.12;

/** Milliseconds of a page that one more part must win under this aim. */
export function worthOf(aim: Aim, users: number | undefined, pageMs: number): number {
  return WORTH[aim] * scaleFor(users) * pageMs;
}

const scaleFor = (users: number | undefined): number => (users !== undefined && users >= MANY_USERS ? 0.5 : 1);

interface Parts {
  readonly base: Base;
  readonly memory: boolean;
  readonly disk: boolean;
}

function cacheMs(input: WeighInput, { base, memory, disk }: Parts, sizes: ReadonlyMap<string, number>): number {
  let total = base.cost.perPage;
  for (const definition of input.definitions) {
    if (definition.mode !== 1) continue;
    const heat = heatOf(definition.id, sizes.get(definition.id));
    if (heat.reads === 0) continue;
    const kind = input.local(definition);
    const near = kind === 'small' && memory ? APCU_COST : kind !== null && disk ? input.disk.cost : undefined;
    total += heat.reads * (near ?? base.cost).read(heat.bytes);
  }
  return total;
}

/** What the parts must win together, milliseconds of a page that takes so long. */
function worth(input: WeighInput, { base, memory, disk }: Parts, page: number): number {
  const { aim, users } = input;
  const each = worthOf(aim, users, page);
  const few = users !== undefined && users <= FEW_USERS && aim !== 'fastest';
  const newService = few ? Math.max(NEW_SERVICE_FOR_FEW * page, NEW_SERVICE_FOR_FEW_MS) : NEW_SERVICE[aim] * scaleFor(users) * page;
  return (
    (base.now ? 0 : base.suggested ? newService : each) +
    // What is there already costs to take away, what is not costs to bring.
    (memory === input.memory.there ? 0 : each) +
    (disk === input.disk.there ? 0 : each)
  );
}

const same = (a: Weighed, b: Weighed): boolean => a.base === b.base && a.suggested === b.suggested && a.memory === b.memory && a.disk === b.disk;

/** @returns null when too little was measured to weigh anything: without a price of what is there now */
export function weigh(input: WeighInput): Weighing | null {
  if (!input.bases.some((b) => b.now)) return null;
  const all = pricesFor(input);
  const now = all.find((w) => w.baseNow && w.memory === input.memory.there && w.disk === input.disk.there) ?? all.find((w) => w.baseNow);
  const best = all[0];
  const listed = all.filter((w) => !w.suggested && (input.fixed === undefined || w.base === input.fixed));
  const [doable] = listed;
  if (!best || !doable || !now) return null;
  const close = nearTo(best, all) ?? nearTo(doable, listed) ?? otherwise(input, best);
  return { best, doable, now, all, close };
}

/** Every combination with its price, cheapest first. */
function pricesFor(input: WeighInput): readonly Weighed[] {
  const sizes = new Map(input.measured.use?.definitions.map((d) => [d.definition, d.meanBytes]) ?? []);
  const locals =
    input.aim === 'few-changes' ? [[input.memory.there, input.disk.there] as const] : [false, true].flatMap((a) => [false, true].map((d) => [a, d] as const));
  return (
    input.bases
      .flatMap((base) => locals.map(([memory, disk]) => ({ base, memory, disk })))
      .filter((p) => (!p.memory || input.memory.possible) && (!p.disk || input.disk.cost !== undefined))
      .map((p): Weighed => {
        const cost = cacheMs(input, p, sizes);
        return {
          base: p.base.id,
          baseNow: p.base.now,
          suggested: p.base.suggested,
          noun: p.base.noun ?? 'a cache service',
          memory: p.memory,
          disk: p.disk,
          cacheMs: cost,
          price: cost + worth(input, p, input.page),
        };
      })
      // Of equal prices the one with fewer parts, always in the same order.
      .sort((a, b) => a.price - b.price || parts(a) - parts(b) || (a.base < b.base ? -1 : 1))
  );
}

/** The number of people is never exact: what would be best for a quarter more or less. */
function otherwise(input: WeighInput, best: Weighed): Weighed | null {
  if (input.users === undefined) return null;
  const [other] = [1.25, 0.8].flatMap((share) => {
    const first = pricesFor({ ...input, users: (input.users ?? 0) * share })[0];
    return first && !same(first, best) ? [first] : [];
  });
  return other ?? null;
}

/** The cheapest other one whose price is within the noise. */
function nearTo(to: Weighed, all: readonly Weighed[]): Weighed | undefined {
  return all.find((w) => !same(w, to) && w.price - to.price <= CLOSE * (w.price + to.price));
}

const parts = (w: Weighed): number => Number(!w.baseNow) + Number(w.memory) + Number(w.disk);

/** A combination in words: `Redis "redis1", with APCu and the local disk over it`. */
export function inWords(w: Weighed): string {
  const base = w.suggested ? w.noun : w.base === 'files' ? 'files on the shared disk' : `"${w.base}"`;
  const near = [...(w.memory ? ['APCu'] : []), ...(w.disk ? ['the local disk'] : [])].join(' and ');
  return near === '' ? base : `${base}, with ${near} over it`;
}

/** That another way is nearly as good, as a sentence after others; empty when none is. */
export function closeWords({ close }: Weighing): string {
  return close ? ` Close alternative: ${inWords(close)}.` : '';
}

/** What the way that is taken would win, in words with its numbers, and what a service that is only suggested would win beyond. */
export function gainWords(weighing: Weighing, page: PageTime): string {
  const { best, doable, now } = weighing;
  const head = headWords(now, page);
  const idle = same(doable, now);
  if (best.suggested) return `${head}${[...(idle ? [] : [doable]), best].map((w) => `; with ${inWords(w)}: ${gain(w, now)}`).join('')}.`;
  if (!idle) return `${head}; with ${inWords(doable)}: ${gain(doable, now)}.`;
  const other = weighing.all.filter((w) => !same(w, now)).sort((a, b) => a.cacheMs - b.cacheMs)[0];
  const left = other ? now.cacheMs - other.cacheMs : 0;
  return left > 0.05
    ? `${head}; the fastest alternative (${inWords(other ?? now)}) would save ${ms(left)}, too little to justify a change.`
    : `${head}, and no alternative is faster.`;
}

function headWords(now: Weighed, page: PageTime): string {
  const reads = `The cache reads of a typical Moodle page take about ${ms(now.cacheMs)} here`;
  if (page.unmeasured !== null)
    return `${reads} (no page was measured${page.unmeasured === '' ? '' : `: ${page.unmeasured}`}; ${ms(page.ms)} a page is assumed)`;
  // A page that was measured may read less than Moodle's own do.
  return now.cacheMs > page.ms
    ? `${reads} (the measured page took ${ms(page.ms)})`
    : `A page of ${ms(page.ms)} spends about ${ms(now.cacheMs)} on reading caches`;
}

function gain(to: Weighed, now: Weighed): string {
  const less = now.cacheMs - to.cacheMs;
  return `${ms(to.cacheMs)}, ${less >= 0 ? `${ms(less)} less` : `${ms(-less)} more`}`;
}
