/** How large a cache service should be: from what the caches hold, with room to grow. Pure. */

import { memoryOf } from '../../steps/caches/services/managed.js';
import type { ServiceAdvice } from '../core/advice.js';
import { activeNodes } from '../core/cluster.js';
import { type AdviceContext, hasPlugin } from './context.js';
import { type Add, row } from './findings-row.js';
import { FEW_USERS } from './rules.js';

const MIB = 1_048_576;
/** Room for other languages, for entries that nobody reads any more, for fragmentation and for the clients' buffers (our number). */
const ROOM = 4;
const LEAST_MB = 128;
/** Where nothing was measured (our number; the guide names none). */
const UNKNOWN_MB = 512;
/** Evicts the oldest of all keys, which a cache can do without; without a policy a full Redis refuses every write. */
const POLICY = 'allkeys-lru';

interface Need {
  /** What the caches hold now, and would hold with every course in use; 0 where nothing was measured. */
  readonly heldMb: number;
  readonly memoryMb: number;
  readonly largestBytes: number;
  readonly why: string;
}

const powerOfTwo = (mb: number): number => 2 ** Math.ceil(Math.log2(Math.max(LEAST_MB, mb)));
const words = (mb: number): string => (mb < 10 ? mb.toFixed(1) : String(Math.round(mb)));

/** What the caches of this site need. */
export function need({ facts }: AdviceContext): Need {
  const { definitions = [], courses = null } = facts.measured?.use ?? {};
  const now = definitions.reduce((sum, d) => sum + d.items * d.meanBytes, 0) / MIB;
  if (now === 0) return { heldMb: 0, memoryMb: UNKNOWN_MB, largestBytes: 0, why: 'what the caches hold was not measured' };
  const course = definitions.find((d) => d.definition === 'core/coursemodinfo');
  const cold = course ? (Math.max(0, (courses ?? 0) - course.items) * course.meanBytes) / MIB : 0;
  const heldMb = now + cold;
  const all = cold > 0 ? `, about ${words(heldMb)} MB with all ${courses} courses` : '';
  const atLeast = definitions.some((d) => d.atLeast) ? 'at least ' : '';
  return {
    heldMb,
    memoryMb: powerOfTwo(ROOM * heldMb),
    largestBytes: Math.max(...definitions.map((d) => d.maxBytes)),
    why: `the caches hold ${atLeast}${words(now)} MB now${all}; ${ROOM} times that leaves room to grow`,
  };
}

/** memcached takes nothing larger than its item size, without a word: twice the largest value, 1 MB at least. */
const itemMb = (bytes: number): number => Math.max(1, Math.ceil((2 * bytes) / MIB));

/** Services that the wizard sets up, as listed, beside what they should be. */
function listed(context: AdviceContext): readonly ServiceAdvice[] {
  const { memoryMb, largestBytes, heldMb, why } = need(context);
  if (heldMb === 0) return [];
  return (context.answers.services ?? []).flatMap((answer): readonly ServiceAdvice[] => {
    const { name, plugin, node } = answer;
    if (answer.manage !== true || answer.placement === 'each-web-node' || node === undefined || plugin === 'mongodb') return [];
    const own = { name, plugin, node, policy: POLICY, listed: true, memoryMb } as const;
    const item = plugin === 'memcached' ? { maxItemMb: itemMb(largestBytes) } : {};
    return [{ ...own, ...item, why }];
  });
}

/** A service worth offering where the answers list none: on the node with the role cache; null where it is not worth it or not possible. */
function suggested(context: AdviceContext): ServiceAdvice | null {
  const node = activeNodes(context.cluster).find((n) => n.roles.includes('cache'));
  if ((context.answers.services ?? []).length > 0 || !node) return null;
  const { weighing, users, disk, aim } = context;
  const few = users !== undefined && users <= FEW_USERS;
  if (weighing ? !weighing.best.suggested : few && !disk.slow && aim !== 'fastest') return null;
  const plugin = (['redis', 'memcached'] as const).find((p) => hasPlugin(context, p));
  if (plugin === undefined) return null;
  const { memoryMb, largestBytes, why } = need(context);
  // A quarter of the machine at most leaves room for the kernel and for what else runs there.
  const most = Math.max(LEAST_MB, Math.floor((context.facts.nodes[node.name]?.memoryMb ?? 2048) / 4));
  const short = memoryMb > most ? `, but ${node.name} has ${most} MB to spare` : '';
  const item = plugin === 'memcached' ? { maxItemMb: itemMb(largestBytes) } : {};
  return { name: `${plugin}1`, plugin, node: node.name, memoryMb: Math.min(memoryMb, most), policy: POLICY, ...item, listed: false, why: `${why}${short}` };
}

/** Services with their size and settings: those listed, else the one that is worth setting up. */
export function adviseServices(context: AdviceContext): readonly ServiceAdvice[] {
  const one = suggested(context);
  return one === null ? listed(context) : [one];
}

/** Managed services that would be full soon. */
export function serviceSizeRows(context: AdviceContext, add: Add): void {
  const { heldMb } = need(context);
  for (const advice of listed(context)) {
    const answer = context.answers.services?.find((s) => s.name === advice.name);
    const has = answer ? memoryOf(answer) : 0;
    // Half full with what is read today: it would throw away what is still in use.
    if (has >= heldMb * 2) continue;
    add(
      `service-size-${advice.name}`,
      advice.node,
      row(
        'warning',
        `memory of ${advice.name}`,
        `${has} MB; ${advice.why}`,
        `${advice.memoryMb} MB`,
        `Set memory: ${advice.memoryMb}M for ${advice.name} under services.`,
      ),
    );
  }
}

/** As a line of the answers file. */
export function serviceLine(advice: ServiceAdvice): string {
  const item = advice.maxItemMb === undefined ? '' : `, maxItemSize: ${advice.maxItemMb}M`;
  return `{name: ${advice.name}, plugin: ${advice.plugin}, node: ${advice.node}, manage: true, memory: ${advice.memoryMb}M${item}}`;
}
