/** How fast the shared disk is: as answered, else as measured, else by its kind. Pure. */

import type { Answers } from '../answers/schema.js';
import type { MoodleNodeFacts, NodeFacts } from '../core/facts.js';
import { NETWORK_FS } from '../core/local-folder.js';
import type { Measurements } from '../core/measure.js';
import type { Disk } from './context.js';
import { ms, placeOf, sharedPlace, sharedRead } from './costs.js';
import { PAGE_READS, SLOW_MS, SLOW_RATIO } from './rules.js';

function measuredDisk(measured: Measurements): Disk | null {
  const shared = sharedPlace(measured);
  const read = sharedRead(measured);
  if (!shared || !read) return null;
  const local = placeOf(measured, 'local') ?? placeOf(measured, 'tmpfs');
  const near = local?.ops.read?.p50;
  const isSlow = (time: number) => time > SLOW_MS && (near === undefined || time > SLOW_RATIO * near);
  const slow = isSlow(read.mean);
  // Said where it is what makes the disk slow.
  const changed = slow && !isSlow(read.known) ? `, and ${ms(read.changed)} when another node has changed it` : '';
  const beside = near === undefined || !local ? '' : ` and ${ms(near)} from ${local.place === 'local' ? 'a local one' : 'memory'}`;
  return {
    slow,
    why: `Reading a small file takes ${ms(read.known)} from the shared disk (${shared.fsType}, on ${shared.node})${beside}${changed}. ${PAGE_READS} reads a page take ${ms(read.mean * PAGE_READS)}, so the shared disk is ${slow ? 'slow' : 'fast'}.`,
  };
}

/** The verdict with the number behind it. */
export function diskOf(answers: Answers, moodle: MoodleNodeFacts | null, nodes: readonly NodeFacts[], measured: Measurements | null): Disk {
  const answered = answers.needs?.sharedDisk;
  if (answered === 'slow' || answered === 'fast') return { slow: answered === 'slow', why: `The shared disk is ${answered}, as set in the answers.` };
  const known = measured ? measuredDisk(measured) : null;
  if (known) return known;
  const type = nodes.map((n) => n.moodle?.datarootMount.fsType ?? '').find((t) => NETWORK_FS.test(t)) ?? moodle?.datarootMount.fsType ?? '';
  if (NETWORK_FS.test(type)) return { slow: true, why: `The shared disk is a network disk (${type}) and was not measured, so it counts as slow.` };
  return { slow: false, why: type === '' ? 'The shared disk was not measured and counts as fast.' : `The shared disk is ${type} and counts as fast.` };
}
