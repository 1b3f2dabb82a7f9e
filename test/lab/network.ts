import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, labDir } from './paths.js';
import { must, run } from './run.js';

const slots = 60;

function slotsDir(): string {
  return join(cacheDir(), 'slots');
}

/** Gives a lab its number, from which its bridge and its addresses follow; the one it has, if it has one. */
export function claimSlot(name: string): number {
  mkdirSync(slotsDir(), { recursive: true });
  const taken = new Map(readdirSync(slotsDir()).map((slot) => [Number(slot), readFileSync(join(slotsDir(), slot), 'utf8')]));
  for (const [slot, owner] of taken) if (owner === name) return slot;
  for (let slot = 1; slot <= slots; slot++) {
    const file = join(slotsDir(), String(slot));
    const owner = taken.get(slot);
    if (owner !== undefined && owner !== '' && !existsSync(labDir(owner))) rmSync(file, { force: true });
    if (existsSync(`/sys/class/net/${bridgeOf(slot)}`) && !existsSync(file)) continue;
    try {
      writeFileSync(file, name, { flag: 'wx' });
      return slot;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new Error(`all ${slots} labs of this machine are in use`);
}

/** Gives a lab's number back. */
export function releaseSlot(slot: number): void {
  rmSync(join(slotsDir(), String(slot)), { force: true });
}

/** The bridge of a lab. */
export function bridgeOf(slot: number): string {
  return `mcwlab${slot}`;
}

/** An address in a lab's network; 1 is the bridge's own. */
export function addressIn(slot: number, last: number): string {
  return `10.87.${slot}.${last}`;
}

/** The network name space of a host. */
export function spaceOf(slot: number, host: string): string {
  return `${bridgeOf(slot)}-${host}`;
}

/** Makes a lab's bridge; one left from an earlier run goes first. */
export async function makeBridge(slot: number): Promise<void> {
  await removeNetwork(slot, 'all');
  const bridge = bridgeOf(slot);
  await must(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await must(['ip', 'addr', 'add', `${addressIn(slot, 1)}/24`, 'dev', bridge]);
  await must(['ip', 'link', 'set', bridge, 'up']);
}

/**
 * Makes the network of one host: a name space of its own that outlives the host's power cuts,
 * so that no start has to race for its address.
 */
export async function plugIn(slot: number, host: string, last: number): Promise<void> {
  const [space, outside] = [spaceOf(slot, host), cableOf(slot, last)];
  await must(['ip', 'netns', 'add', space]);
  await must(['ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', 'host0', 'netns', space]);
  await must(['ip', 'link', 'set', outside, 'master', bridgeOf(slot), 'up']);
  await must(['ip', '-n', space, 'link', 'set', 'lo', 'up']);
  await must(['ip', '-n', space, 'addr', 'add', `${addressIn(slot, last)}/24`, 'dev', 'host0']);
  await must(['ip', '-n', space, 'link', 'set', 'host0', 'up']);
}

function cableOf(slot: number, last: number): string {
  return `mcw${slot}-${last}`;
}

/** Plugs a host's cable in or pulls it. Pulled, the host is a black hole: nobody is refused, nobody is answered. */
export async function setLink(slot: number, last: number, state: 'up' | 'down'): Promise<void> {
  await must(['ip', 'link', 'set', cableOf(slot, last), state]);
}

/** Takes a host's own end of the link up or down, as its power does; nothing when it has no network. */
export async function setPower(slot: number, host: string, state: 'up' | 'down'): Promise<void> {
  if (existsSync(`/run/netns/${spaceOf(slot, host)}`)) {
    await run(['ip', '-n', spaceOf(slot, host), 'link', 'set', 'host0', state]);
  }
}

/** Removes the networks of a lab's hosts and, with "all", its bridge too. */
export async function removeNetwork(slot: number, what: 'hosts' | 'all'): Promise<void> {
  const bridge = bridgeOf(slot);
  const spaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const space of spaces.filter((name) => name.startsWith(`${bridge}-`))) await run(['ip', 'netns', 'del', space]);
  // A name space goes with its last process, and its link with it; the name must be free at once.
  const links = readdirSync('/sys/class/net').filter((name) => name.startsWith(`mcw${slot}-`));
  for (const link of links) await run(['ip', 'link', 'del', link]);
  if (what === 'all' && existsSync(`/sys/class/net/${bridge}`)) await run(['ip', 'link', 'del', bridge]);
}
