/** Room on disk, looked at on every node before a run's first effect: a run that cannot keep what it changes must not begin. */

import { dirname } from 'node:path';
import type { Plan } from '../../core/change.js';
import { activeNodes, type ClusterNode, mainNode, moodleNodes } from '../../core/cluster.js';
import { combineErrors, WizardError } from '../../core/errors.js';
import { isAbsolutePath } from '../../core/names.js';
import { remedy, sh } from '../../core/remedy.js';
import { roomAt } from '../../local/look.js';
import { RECORD_ROOT } from '../../records/paths.js';
import type { CommandContext } from '../commands/types.js';
import { mainMoodle } from '../points.js';
import { type Session, webUserOf } from '../session/session.js';

const MIB = 1024;
/** KiB that must be free. A MUC file takes some 100 KiB, a restore point three of them; a cache extension of PHP some MiB, unpacked and in apt's cache. */
export const NEEDED = { records: 16 * MIB, dataroot: 32 * MIB, packages: 128 * MIB, state: 8 * MIB } as const;
const INODES = 200;

export interface SpaceNeed {
  readonly path: string;
  readonly kb: number;
  /** What for, after "for". */
  readonly what: string;
}

export interface Space {
  readonly path: string;
  readonly mount: string;
  /** Null: unknown. */
  readonly kb: number | null;
  readonly inodes: number | null;
  readonly readOnly: boolean;
}

/** Lines of free-space.sh. Pure. */
export function parseSpace(text: string): readonly Space[] {
  const number = (field: string | undefined) => (field !== undefined && /^\d{1,15}$/.test(field) ? Number(field) : null);
  return text.split('\n').flatMap((line) => {
    const [kb, inodes, kind, mount, path] = line.split('\t');
    return mount === undefined || path === undefined || (mount !== '-' && !isAbsolutePath(mount)) || !isAbsolutePath(path)
      ? []
      : [{ path, mount, kb: number(kb), inodes: number(inodes), readOnly: kind === 'ro' }];
  });
}

/** The error for too little room, or null. Unknown room is no reason to stop. Pure. */
export function judgeSpace(node: string, need: SpaceNeed, found: Space | undefined): WizardError | null {
  if (!found) return null;
  const nothing = 'Nothing has been changed.';
  if (found.readOnly) {
    return new WizardError('not-allowed', `${node}: ${found.mount} is mounted read-only, and ${need.path} is needed for ${need.what}. ${nothing}`, {
      nodes: [node],
      remedies: [remedy`Find the cause on ${node}: dmesg | tail; ${sh`findmnt ${found.mount}`}. Then: ${sh`mount -o remount,rw ${found.mount}`}`],
    });
  }
  const room = found.kb !== null && found.kb < need.kb ? `only ${Math.floor(found.kb / MIB)} MiB of the ${Math.ceil(need.kb / MIB)} MiB needed are free` : null;
  const files = found.inodes !== null && found.inodes < INODES ? `only ${found.inodes} more files can be created (no free inodes)` : null;
  if (room === null && files === null) return null;
  return new WizardError('disk-full', `${node}: ${found.mount} is nearly full: ${room ?? files} in ${need.path}, for ${need.what}. ${nothing}`, {
    nodes: [node],
    remedies: [remedy`Free space on ${node}: ${sh`df -h ${found.mount}; du -xh --max-depth=2 ${found.mount} | sort -h | tail`}`],
  });
}

/** What a plan needs on a node, by who writes there. Pure. */
export function needsOf(
  node: ClusterNode,
  plan: Pick<Plan, 'stages'>,
  moodle: { readonly main: string; readonly mucFile: string; readonly cachedir: string },
): {
  readonly root: readonly SpaceNeed[];
  readonly web: readonly SpaceNeed[];
} {
  const own = plan.stages.flatMap((s) => s.changes).filter((c) => c.node === node.name);
  const packages = own.some((c) => c.kind === 'package')
    ? ['/usr', '/var/cache', '/var/lib/dpkg'].map((path) => ({ path, kb: NEEDED.packages, what: 'installing packages' }))
    : [];
  const web =
    node.name === moodle.main
      ? [dirname(moodle.mucFile), moodle.cachedir].map((path) => ({ path, kb: NEEDED.dataroot, what: "writing Moodle's cache configuration and caches" }))
      : [];
  return { root: [{ path: RECORD_ROOT, kb: NEEDED.records, what: 'copies of changed files' }, ...packages], web };
}

async function ask(session: Session, node: string, needs: readonly SpaceNeed[], as: 'root' | { readonly user: string }): Promise<readonly WizardError[]> {
  if (needs.length === 0) return [];
  const argv = ['sh', `${session.toolkitDir}/sh/free-space.sh`, ...needs.map((n) => n.path)];
  const result = await session.executor(node).run({ argv }, { as });
  const spaces = parseSpace(result.stdout);
  return needs.flatMap(
    (need) =>
      judgeSpace(
        node,
        need,
        spaces.find((s) => s.path === need.path),
      ) ?? [],
  );
}

/** Room where the wizard itself keeps its journal. */
function stateErrors(stateDir: string): readonly WizardError[] {
  const { at, kb, inodes } = roomAt(stateDir);
  const found = { path: stateDir, mount: at, kb, inodes, readOnly: false };
  return [judgeSpace('this machine', { path: stateDir, kb: NEEDED.state, what: 'the journal of the run' }, found) ?? []].flat();
}

/**
 * Looks at the room on every node and here, and writes nothing; the run reserves some in the site record when it begins.
 * @throws WizardError `disk-full` or `not-allowed` with every place that lacks it, before anything is touched
 */
export async function assertSpace({ session, stateDir }: CommandContext, plan: Pick<Plan, 'stages'>): Promise<void> {
  const { cluster } = session;
  const main = mainNode(cluster).name;
  const { mucFile, cachedir } = mainMoodle(session);
  const where = { main, mucFile: mucFile.path, cachedir };
  const found = await Promise.all(
    activeNodes(cluster).map(async (node) => {
      const { root, web } = needsOf(node, plan, where);
      const facts = session.facts().nodes[node.name];
      const user = facts && moodleNodes(cluster).some((n) => n.name === node.name) ? webUserOf(cluster, facts) : null;
      return [...(await ask(session, node.name, root, 'root')), ...(user === null ? [] : await ask(session, node.name, web, { user }))];
    }),
  );
  // One place may be needed for several things: it is reported once.
  const errors = [...stateErrors(stateDir), ...found.flat()];
  const once = errors.filter((e, i) => errors.findIndex((o) => o.remedies[0] === e.remedies[0]) === i);
  if (once.length > 0) throw combineErrors(once);
}
