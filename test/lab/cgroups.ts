import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './paths.js';
import { endProcess, markProcess, type ProcessMark } from './processes.js';
import { poll } from './run.js';

/** Labs kept in another cache folder are somebody else's, even when their names are the same. */
function top(): string {
  const own = process.env['LAB_CACHE'] === undefined ? '' : `-${createHash('sha256').update(cacheDir()).digest('hex').slice(0, 8)}`;
  return `moodle-cluster-wizard-lab${own}`;
}

/** The control group trees that systemd uses here: one on newer machines, two on older ones. */
function trees(): string[] {
  if (existsSync('/sys/fs/cgroup/cgroup.procs')) return ['/sys/fs/cgroup'];
  return ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter((dir) => existsSync(join(dir, 'cgroup.procs')));
}

/**
 * Makes a control group and returns words to put before a command so that it runs in it.
 * Every host needs one of its own: hosts that share a group share the groups of their services too,
 * and stopping php-fpm on one host would end it on all of them.
 */
export function inGroup(group: string, argv: readonly string[]): string[] {
  const files = trees().map((tree) => {
    const dir = join(tree, top(), group);
    mkdirSync(dir, { recursive: true });
    return join(dir, 'cgroup.procs');
  });
  const script = `${files.map((file) => `echo $$ > '${file}'`).join(' && ')} && exec "$@"`;
  return ['sh', '-c', files.length === 0 ? 'exec "$@"' : script, 'sh', ...argv];
}

function groupsBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => groupsBelow(join(dir, entry.name))), dir];
}

/** The running processes of a group and the groups below it. */
export function processesOf(group: string): ProcessMark[] {
  const pids = new Set<number>();
  for (const tree of trees()) {
    for (const dir of groupsBelow(join(tree, top(), group))) {
      for (const line of readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n')) {
        // A process that this namespace cannot see is listed as 0.
        if (line !== '' && line !== '0') pids.add(Number(line));
      }
    }
  }
  return [...pids].flatMap((pid) => markProcess(pid) ?? []);
}

/** Ends every process of a group, each by its id, and removes the group. */
export async function endGroup(group: string): Promise<void> {
  await poll(`end of all processes of ${group}`, 20_000, async () => {
    const left = processesOf(group);
    await Promise.all(left.map((mark) => endProcess(mark)));
    return left.length === 0 ? true : undefined;
  });
  for (const tree of trees()) {
    for (const dir of groupsBelow(join(tree, top(), group))) {
      try {
        rmdirSync(dir);
      } catch {
        // The kernel may need an instant; an empty group that stays does no harm.
      }
    }
  }
}
