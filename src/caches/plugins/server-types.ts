/** Traits of the server that a store plugin talks to. */

import type { OsFacts } from '../../core/facts.js';
import type { Command, Remedy } from '../../core/remedy.js';
import type { Configuration, ServiceSettings, SettingValue } from './shapes.js';

/** Statistics as a server gives them, by name. */
export type ServerInfo = Readonly<Record<string, string>>;

export type Placement = 'shared' | 'each-web-node';

/** Package of a server and what comes with it. */
export interface ServerPackage {
  readonly packages: readonly string[];
  readonly binary: string;
  /** Units the package brings and, on Debian, starts by itself. */
  readonly defaultUnits: readonly string[];
}

/** A service of ours on one node, as its files need it. */
export interface ManagedUnit {
  readonly name: string;
  readonly description: string;
  readonly os: OsFacts;
  readonly binary: string;
  readonly address: string;
  readonly port: number;
  readonly memoryMb: number;
  /** Limit beyond which systemd ends the service, in MB. */
  readonly memoryMax: number;
  readonly itemMb: number;
  /** Name of its secret; empty where it has none. */
  readonly secret: string;
}

export interface ManagedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly holdsSecret: boolean;
}

/** How the wizard installs and runs such a server. */
export interface ManagedServer {
  /** Null when the distribution has no package of it. */
  package(os: OsFacts): ServerPackage | null;
  /** Its configuration, then its unit. */
  files(unit: ManagedUnit): readonly ManagedFile[];
  /** The memory limit in bytes that a running server tells; undefined when it does not. */
  memoryLimit(info: ServerInfo): string | undefined;
  /** What it does when it is full, where that is a setting. */
  readonly evictionPolicy?: string;
}

/** What a server does when it is full, where keys of sessions can be lost by it. */
export interface Eviction {
  /** Undefined where the server did not tell. */
  policy(info: ServerInfo): string | undefined;
  /** The policy that loses nothing. */
  readonly keeps: string;
  /** Bytes; 0 where there is no limit. */
  limit(info: ServerInfo): number;
  /** Asks the server at `host:port`, or at a socket path, for its policy. */
  ask(address: string): Command;
}

export interface ServerTraits {
  /** As a sentence names one: `a Redis server`. */
  readonly noun: string;
  /** One line beside its name in a list of choices. */
  readonly hint: string;
  /** Port that its makers chose. */
  readonly defaultPort: number;
  /** First port tried for a service of our own: away from the usual one, which others expect to find or to be free. */
  readonly ownPort: number;
  /** Default memory limit of a managed service. A fixed number, not a share of the node's memory, so that plans stay equal. */
  readonly memory: Readonly<Record<Placement, string>>;
  /** Names of its process. */
  readonly process: RegExp;
  /** What Moodle's store can show it: nothing, a password, or a user with a database of its own. */
  readonly login: 'none' | 'password' | 'user';
  /** Why a password beyond ASCII does not work, as the end of a sentence; undefined where it does. */
  readonly asciiPassword?: string;
  /** Moodle's store can connect to it over TLS (settings `encryption` and `cafile`). */
  readonly tls: boolean;
  /** It can run once on each Moodle node, for private caches. */
  readonly eachNode: boolean;
  /** It drops values beyond a configurable item size. */
  readonly itemSize: boolean;
  /** PHP can keep sessions on it. */
  readonly sessions: boolean;
  /** It speaks the memcached text protocol, so that the wizard's own machine can ask it for statistics. */
  readonly speaksMemcached: boolean;
  /** A page pays for each definition that it uses, and not once for a connection. */
  readonly paysPerDefinition: boolean;
  /** SELinux type of its port. */
  readonly selinuxPort: string;
  /** Null for servers that the wizard cannot run. */
  readonly managed: ManagedServer | null;
  /** Setting that names the server, or all of them. */
  readonly serverSetting: string;
  /** Settings of a store that a service stands for. */
  fromService(service: ServiceSettings): Readonly<Record<string, SettingValue>>;
  /** `host:port` of every server of a configuration, spelled alike; socket paths as they are. */
  servers(configuration: Configuration): readonly string[];
  /** Server lines whose hosts must be the same machine from every node for the store to be shared. */
  sharedBy(configuration: Configuration): readonly string[];
  /** `host:port` of the servers whose name and identity are compared between nodes, in the order of the configuration; without sockets. */
  namedServers(configuration: Configuration): readonly string[];
  /** The servers of this configuration are members of one set, so that any of them stands for all. */
  isSet(configuration: Configuration): boolean;
  /** What it holds, as `12 keys`; null when it did not tell. */
  holds(info: ServerInfo): string | null;
  /** Items in it; undefined when it did not tell. */
  items(info: ServerInfo): string | undefined;
  /** Connections of clients; undefined when it did not tell. */
  clients(info: ServerInfo): string | undefined;
  /** Settings of a server of others that harm a cache; `mustBe` and `where` say what is right and in which file. */
  readonly audit?: { problems(info: ServerInfo): readonly string[]; readonly mustBe: string; readonly where: string };
  readonly eviction?: Eviction;
  /** Name of the replica set that it belongs to. */
  replicaSet?(info: ServerInfo): string | undefined;
  /** It lets everybody in although it could ask for a login. */
  isOpen?(info: ServerInfo): boolean;
  /** Empties a server of others by hand. */
  emptyByHand?(host: string, port: number): Remedy;
}
