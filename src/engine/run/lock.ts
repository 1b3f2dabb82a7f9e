/** The MUC lock: beside the MUC file, so that every machine and user sees it (rule S24). */

import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { asWizardError, type WizardError } from '../../core/errors.js';
import type { LockHolder } from '../../core/facts.js';
import { type Piece, piece } from '../../core/remedy.js';
import { readBounded } from '../../local/read.js';
import type { MoodleBridge } from '../../moodle/bridge-api.js';

/** Bytes of a file of /proc or /etc/machine-id. */
const SMALL_FILE = 65_536;

/** When a process began, in ticks since boot; with the id it names one process for ever. Empty where /proc is missing. */
export function processStart(pid: number | 'self'): string {
  // The id may come from a lock that the web user wrote: nothing but a number becomes part of the path.
  if (pid !== 'self' && !(Number.isSafeInteger(pid) && pid > 0)) return '';
  try {
    return (
      readBounded(`/proc/${pid}/stat`, SMALL_FILE)
        .toString('utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}

/** A machine's own id, hashed: it is not for everybody's eyes (machine-id(5)). Empty where the file is missing. */
function hashed(file: string): string {
  try {
    return createHash('sha256')
      .update(`moodle-cluster-wizard ${readBounded(file, SMALL_FILE).toString('utf8').trim()}`)
      .digest('hex')
      .slice(0, 16);
  } catch {
    return '';
  }
}

const machineId = () => hashed('/etc/machine-id');
const bootId = () => hashed('/proc/sys/kernel/random/boot_id');

/** Who holds a lock that this process takes. */
export function newHolder(run: string, now: () => Date): LockHolder {
  return {
    token: randomBytes(12).toString('hex'),
    run,
    user: process.env.SUDO_USER ?? userInfo().username,
    host: hostname(),
    pid: process.pid,
    processStart: processStart('self'),
    since: now().toISOString(),
    machine: machineId(),
    boot: bootId(),
  };
}

/** The holder in words. */
export function whoHolds(h: LockHolder): string {
  return h.token === '' ? 'an unknown user' : `${h.user}@${h.host}, process ${h.pid}, since ${h.since} (run ${h.run})`;
}

/** Its machine, in a remedy. */
export function machineOfHolder({ host }: LockHolder): Piece {
  return host === '' ? piece`its machine` : piece`${host}`;
}

/** True when the holder ran on this machine and that very process is gone: the only proof of a stale lock. */
export function isStale(holder: LockHolder): boolean {
  // Two machines may have one name.
  if (holder.host !== hostname() || (holder.machine ?? machineId()) !== machineId()) return false;
  if (holder.boot !== undefined && holder.boot !== bootId()) return true;
  return holder.processStart !== '' && processStart(holder.pid) !== holder.processStart;
}

/** How it is proven that a holder's process is gone; without a way to ask other machines, only those of this one are. */
export type ProveGone = (holder: LockHolder) => Promise<boolean>;

/** What happens to a lock besides being taken and released. */
export interface LockWatch {
  /** A lock whose process is proven gone is taken over. */
  readonly onStale: (old: LockHolder) => void;
  /** The lock could not be released when the work was over. */
  readonly onKept: (error: WizardError) => void;
}

/**
 * Runs `work` while holding the lock. A release that fails is reported and never decides how the work ended: what it did, it did.
 * @throws WizardError `lock-held`, and what `work` throws
 */
export async function withLock<T>(
  bridge: MoodleBridge,
  holder: LockHolder,
  watch: LockWatch,
  work: () => Promise<T>,
  isGone: ProveGone = async (old) => isStale(old),
): Promise<T> {
  const old = await bridge.lockHolder();
  if (old && (await isGone(old))) {
    watch.onStale(old);
    await bridge.unlock(old.token);
  }
  await bridge.lock(holder);
  try {
    return await work();
  } finally {
    await bridge.unlock(holder.token).catch((thrown: unknown) => watch.onKept(asWizardError(thrown)));
  }
}
