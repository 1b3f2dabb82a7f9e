/** How large a cache service should be: from what the caches hold, with room to grow. Pure. */

import { bestFirst, livesOnDisk, purgesAll, serverOf } from '../caches/plugins/catalog.js';
import { itemSizeOf, memoryOf } from '../caches/services/managed.js';
import type { ServiceAdvice } from '../core/advice.js';
import { activeNodes } from '../core/cluster.js';
import type { DefinitionSize } from '../core/measure.js';
import { remedy } from '../core/remedy.js';
import { type AdviceContext, hasPlugin } from './context.js';
import { type Add, row } from './findings-row.js';
import { FEW_USERS, MEMCACHED_FIT } from './rules.js';

const MIB = 1_048_576;
/** Room for other languages, for entries that nobody reads any more, for fragmentation and for the clients' buffers (our number). */
const ROOM = 4;
const LEAST_MB = 128;
/** Where it is not known what the caches hold (our number; the guide names none). */
const UNKNOWN_MB = 512;

interface Need {
  /** What the caches hold now, and would hold with every course in use; 0 where that is not known. */
  readonly heldMb: number;
  readonly memoryMb: number;
  readonly largestBytes: number;
  readonly why: string;
}

const bytesOf = (d: DefinitionSize): number => d.items * d.meanBytes;
const powerOfTwo = (mb: number): number => 2 ** Math.ceil(Math.log2(Math.max(LEAST_MB, mb)));
const words = (mb: number): string => (mb < 10 ? mb.toFixed(1) : String(Math.round(mb)));

/** Sizes of what such a service would hold: each definition once, though it may lie in a local and a shared folder; memcached gets only what fits it. */
function sizesFor(definitions: readonly DefinitionSize[], plugin: string): readonly DefinitionSize[] {
  const largest = new Map<string, DefinitionSize>();
  for (const d of definitions) {
    if (purgesAll(plugin) && !MEMCACHED_FIT.some((f) => f.definition === d.definition)) continue;
    const known = largest.get(d.definition);
    if (!known || bytesOf(d) > bytesOf(known)) largest.set(d.definition, d);
  }
  return [...largest.values()];
}

/** What the caches of this site need in a service of that kind. */
function need({ facts }: AdviceContext, plugin: string): Need {
  const { definitions = [], courses = null, definitionsCut = false } = facts.measured?.use ?? {};
  const sizes = sizesFor(definitions, plugin);
  const now = sizes.reduce((sum, d) => sum + bytesOf(d), 0) / MIB;
  const largestBytes = Math.max(0, ...sizes.map((d) => d.maxBytes));
  if (now === 0) return { heldMb: 0, memoryMb: UNKNOWN_MB, largestBytes, why: 'the size of the caches is unknown so far' };
  const course = sizes.find((d) => d.definition === 'core/coursemodinfo');
  const cold = course ? (Math.max(0, (courses ?? 0) - course.items) * course.meanBytes) / MIB : 0;
  const heldMb = now + cold;
  const all = cold > 0 ? `, about ${words(heldMb)} MB with all ${courses} courses` : '';
  // The look ends after some seconds and some hundred files of a cache; courses are counted by the database.
  const cut = definitionsCut || sizes.some((d) => d.atLeast && d !== course);
  if (cut) {
    const why = `the caches hold ${words(now)} MB now${all}, and more that was not counted: check its memory use after a day`;
    return { heldMb, memoryMb: Math.max(UNKNOWN_MB, powerOfTwo(ROOM * heldMb)), largestBytes, why };
  }
  return {
    heldMb,
    memoryMb: powerOfTwo(ROOM * heldMb),
    largestBytes,
    why: `the caches hold ${words(now)} MB now${all}; ${ROOM} times that leaves room to grow`,
  };
}

/** A quarter of the machine at most leaves room for the kernel and for what else runs there. */
function within(context: AdviceContext, node: string, { memoryMb, why }: Need): Pick<ServiceAdvice, 'memoryMb' | 'why'> {
  const most = Math.max(LEAST_MB, Math.floor((context.facts.nodes[node]?.memoryMb ?? 2048) / 4));
  return { memoryMb: Math.min(memoryMb, most), why: memoryMb > most ? `${why}, but ${node} has ${most} MB to spare` : why };
}

/** The eviction policy, and the item size beyond which values are dropped silently: twice the largest value, 1 MB at least. */
function settings(plugin: string, largestBytes: number): Pick<ServiceAdvice, 'policy' | 'maxItemMb'> {
  const server = serverOf(plugin);
  const policy = server?.managed?.evictionPolicy;
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(server?.itemSize ? { maxItemMb: Math.max(1, Math.ceil((2 * largestBytes) / MIB)) } : {}),
  };
}

/** Whether application caches are files now, so that what they hold could be seen. */
function onFiles({ muc }: AdviceContext): boolean {
  const store = muc.stores.find((s) => s.name === muc.modeMappings[1][0]);
  return store === undefined || livesOnDisk(store.plugin);
}

/** Services that the wizard sets up, as listed, with no less than they have. */
function listed(context: AdviceContext): readonly ServiceAdvice[] {
  if (!onFiles(context)) return [];
  return (context.answers.services ?? []).flatMap((answer): readonly ServiceAdvice[] => {
    const { name, plugin, node } = answer;
    if (answer.manage !== true || answer.placement === 'each-web-node' || node === undefined || !serverOf(plugin)?.managed) return [];
    const needed = need(context, plugin);
    if (needed.heldMb === 0) return [];
    const { memoryMb, why } = within(context, node, needed);
    const { policy, maxItemMb } = settings(plugin, needed.largestBytes);
    const item = maxItemMb === undefined ? {} : { maxItemMb: Math.max(maxItemMb, itemSizeOf(answer)) };
    return [{ name, plugin, node, memoryMb: Math.max(memoryMb, memoryOf(answer)), ...(policy === undefined ? {} : { policy }), ...item, listed: true, why }];
  });
}

/** A service worth offering where the answers list none: on the node with the role cache; null where it is not worth it or not possible. */
function suggested(context: AdviceContext): ServiceAdvice | null {
  const node = activeNodes(context.cluster).find((n) => n.roles.includes('cache'));
  // One that is in use and not listed is to be listed, not set up again.
  if ((context.answers.services ?? []).length > 0 || !node || !onFiles(context)) return null;
  const { weighing, users, disk, aim } = context;
  const few = users !== undefined && users <= FEW_USERS;
  if (weighing ? !weighing.best.suggested : few && !disk.slow && aim !== 'fastest') return null;
  const plugin = bestFirst().find((p) => p.server.managed !== null && hasPlugin(context, p.plugin))?.plugin;
  if (plugin === undefined) return null;
  const needed = need(context, plugin);
  return { name: `${plugin}1`, plugin, node: node.name, ...within(context, node.name, needed), ...settings(plugin, needed.largestBytes), listed: false };
}

/** Services with their size and settings: those listed, else the one that is worth setting up. */
export function adviseServices(context: AdviceContext): readonly ServiceAdvice[] {
  const one = suggested(context);
  return one === null ? listed(context) : [one];
}

/** Managed services that would be full soon. */
export function serviceSizeRows(context: AdviceContext, add: Add): void {
  for (const advice of listed(context)) {
    const answer = context.answers.services?.find((s) => s.name === advice.name);
    const has = answer ? memoryOf(answer) : advice.memoryMb;
    // Half full with what is read today: it would throw away what is still in use.
    if (has >= advice.memoryMb || has >= need(context, advice.plugin).heldMb * 2) continue;
    add(
      `service-size-${advice.name}`,
      advice.node,
      row(
        'warning',
        `memory of ${advice.name}`,
        `${has} MB; ${advice.why}`,
        `${advice.memoryMb} MB`,
        remedy`Set memory: ${advice.memoryMb}M for ${advice.name} under services.`,
      ),
    );
  }
}

/** As a line of the answers file. */
export function serviceLine({ name, plugin, node, memoryMb, maxItemMb }: ServiceAdvice): string {
  const item = maxItemMb === undefined ? '' : `, maxItemSize: ${maxItemMb}M`;
  const named = serverOf(plugin)?.login !== 'none';
  const password = named ? `, password: secret:${plugin}Password` : '';
  const secret = named ? `, and ${plugin}Password under secrets` : '';
  return `{name: ${name}, plugin: ${plugin}, node: ${node}, manage: true, memory: ${memoryMb}M${item}${password}}${secret}`;
}
