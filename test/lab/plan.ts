import { createHash } from 'node:crypto';
import { addressIn } from './network.js';

/** What somebody can ask of a lab. */
export interface LabOptions {
  /** Labs of different names run side by side. */
  readonly name?: string;
  /** A folder under MOODLE_TREES, or `stand-in`. */
  readonly release?: string;
  /** How many web nodes there are besides main. */
  readonly webs?: number;
  /** Plugins to lay over the release before it is installed: folders under MOODLE_TREES/plugins. */
  readonly plugins?: readonly string[];
  /** Runs memcached and redis-server with a different site's data on cache1. */
  readonly foreignServices?: boolean;
  /** Is told what goes on; standard error when left out. */
  readonly log?: (line: string) => void;
}

/** What a host is there for. */
export type HostKind = 'main' | 'web' | 'cache' | 'db';

/** A host before it is built. */
export interface HostPlan {
  readonly name: string;
  readonly kind: HostKind;
  /** Last number of its address. */
  readonly last: number;
}

/** What is kept of a lab in its state file. */
export interface LabState {
  readonly name: string;
  readonly slot: number;
  readonly release: string;
  readonly webs: number;
  readonly foreignServices: boolean;
  readonly hosts: readonly HostPlan[];
  /** Changes with everything that makes up the lab; a running lab is used again only when it is the same. */
  readonly recipe: string;
  readonly adminPassword: string;
  readonly dataroot: string;
  /** Layers of each host, uppermost first. */
  readonly lowers: Readonly<Record<string, readonly string[]>>;
  /** Layers of Moodle's code, uppermost first. */
  readonly code: readonly string[];
}

const maxWebs = 30;

/** The hosts of a lab. */
export function planHosts(webs: number): HostPlan[] {
  if (!Number.isInteger(webs) || webs < 0 || webs > maxWebs) throw new RangeError(`webs: 0 to ${maxWebs}`);
  const web = Array.from({ length: webs }, (_, i): HostPlan => ({ name: `web${i + 1}`, kind: 'web', last: 11 + i }));
  return [{ name: 'main', kind: 'main', last: 10 }, ...web, { name: 'cache1', kind: 'cache', last: 51 }, { name: 'db1', kind: 'db', last: 61 }];
}

/** Whether a host serves Moodle's pages. */
export function isMoodleHost(plan: HostPlan): boolean {
  return plan.kind === 'main' || plan.kind === 'web';
}

/** The /etc/hosts of every host of a lab. */
export function hostsFile(slot: number, hosts: readonly HostPlan[]): string {
  const lines = hosts.map((host) => {
    const also = host.kind === 'db' ? ' moodle.lab' : '';
    return `${addressIn(slot, host.last)} ${host.name}${also}`;
  });
  return `${['127.0.0.1 localhost', `${addressIn(slot, 1)} apt.lab`, ...lines].join('\n')}\n`;
}

/** A short text that changes with what a lab is made of. */
export function recipeOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
