/** What the survey found: plain data, one object a node and one for the site. Everything that decides reads only this and the answers. */

import type { Measurements } from './measure.js';

export interface OsFacts {
  /** `ID` of /etc/os-release: debian, ubuntu, rhel, rocky … */
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
  readonly family: 'debian' | 'rhel' | 'other';
}

/** One PHP-FPM pool, or Apache with mod_php, that may serve the site. */
export interface PhpPool {
  readonly kind: 'fpm' | 'apache';
  /** Pool name (`www`). */
  readonly name: string;
  /** `8.2` */
  readonly version: string;
  readonly user: string;
  readonly group: string;
  /** Socket path or host:port; empty for Apache. */
  readonly listen: string;
  /** systemd unit of its master: php8.2-fpm.service */
  readonly unit: string;
  /** The pool configuration it was read from. */
  readonly configFile: string;
  readonly processControlTimeout: number;
  /** Answered by a FastCGI probe through this very pool; absent when it could not be asked, with the reason in `probeError`. */
  readonly web?: PhpSapi;
  readonly probeError?: string;
}

/** A PHP as one SAPI sees it. */
export interface PhpSapi {
  readonly version: string;
  readonly sapi: string;
  /** extension name in lower case -> version */
  readonly extensions: Readonly<Record<string, string>>;
  /** ini directive -> effective value (opcache.*, apc.*, max_input_vars, memory_limit …) */
  readonly ini: Readonly<Record<string, string>>;
  readonly scanDir?: string;
}

export interface Listener {
  readonly protocol: 'tcp' | 'udp' | 'unix';
  readonly address: string;
  readonly port: number;
  readonly process: string;
  readonly pid: number;
}

export interface UnitFacts {
  readonly name: string;
  readonly active: string;
  readonly enabled: string;
  /** `Description=` as systemd tells it; units of ours carry their site and port there. */
  readonly description?: string;
  /** Main process, to tell which listeners are the unit's. */
  readonly mainPid?: number;
}

/** Owner, mode and content hash of a path; absent files have `exists: false`. */
export interface PathFacts {
  readonly path: string;
  readonly exists: boolean;
  readonly type?: 'file' | 'directory' | 'link' | 'other';
  readonly owner?: string;
  readonly group?: string;
  /** Octal text as of `stat -c %a`. */
  readonly mode?: string;
  readonly size?: number;
  /** Hex, regular files only. */
  readonly sha256?: string;
}

/** A store instance as it stands in the MUC file; secrets are replaced by `hmac:…` under a key of this run. */
export interface MucStore {
  readonly name: string;
  readonly plugin: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly default: boolean;
  readonly modes?: number;
  readonly features?: number;
}

export interface MucDefinition {
  /** component/area */
  readonly id: string;
  /** 1 application, 2 session, 4 request */
  readonly mode: 1 | 2 | 4;
  readonly canUseLocalStore: boolean;
  readonly requirements: number;
  readonly simpleKeys?: boolean;
  readonly simpleData?: boolean;
  readonly staticAcceleration?: boolean;
  readonly ttl?: number;
  readonly mappingsOnly?: boolean;
}

/** The MUC configuration as data. */
export interface MucConfig {
  readonly siteIdentifier: string | null;
  readonly stores: readonly MucStore[];
  /** mode -> store names, primary first */
  readonly modeMappings: Readonly<Record<1 | 2 | 4, readonly string[]>>;
  /** definition id -> store names, primary first */
  readonly definitionMappings: Readonly<Record<string, readonly string[]>>;
  readonly definitions: readonly MucDefinition[];
}

export type MucFileState =
  | { readonly state: 'ok'; readonly config: MucConfig }
  | { readonly state: 'missing' }
  | { readonly state: 'corrupt'; readonly reason: string };

/** Where a folder really lies, links followed, and on which file system. */
export interface FolderMount {
  readonly path: string;
  readonly device: string;
  readonly fsType: string;
  readonly source: string;
}

/** This Moodle as one node sees it, read without starting MUC or the database (`ABORT_AFTER_CONFIG`). */
export interface MoodleNodeFacts {
  readonly dirroot: string;
  readonly release: string;
  /** `$branch` of version.php: 38, 405, 501 */
  readonly branch: string;
  readonly versionsHash: string;
  readonly phpVersion: string;
  readonly wwwroot: string;
  readonly dataroot: string;
  readonly cachedir: string;
  readonly localcachedir: string;
  readonly tempdir: string;
  readonly db: { readonly type: string; readonly host: string; readonly name: string; readonly user: string; readonly prefix: string };
  readonly altCacheConfigPath: string | null;
  readonly alternativeCacheFactory: string | null;
  readonly sslproxy: boolean;
  readonly reverseproxy: boolean;
  readonly sessionHandler: string | null;
  /** Servers that sessions live on according to config.php: host:port, plugin */
  readonly sessionServers: readonly { readonly plugin: string; readonly address: string }[];
  /** Store plugin folders found: name -> version (0 when unreadable). */
  readonly storePlugins: Readonly<Record<string, number>>;
  readonly mucFile: PathFacts;
  readonly muc: MucFileState;
  readonly mucLock: { readonly path: string; readonly exists: boolean; readonly ageSeconds?: number };
  readonly wizardLock: { readonly path: string; readonly holder: LockHolder | null };
  /** Device and inode of dataroot, file system type and mount source. */
  readonly datarootMount: { readonly device: string; readonly inode: string; readonly fsType: string; readonly source: string };
  /** Absent where no localcachedir is set. */
  readonly localcacheMount?: FolderMount;
  /** Absent in older records, as the next one. */
  readonly cachedirMount?: FolderMount;
  readonly tempdirMount?: FolderMount;
  readonly cli: PhpSapi;
}

export interface LockHolder {
  readonly token: string;
  readonly run: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly processStart: string;
  readonly since: string;
  /** Tells machines of one name apart, and one machine before and after a start; hashes. */
  readonly machine?: string;
  readonly boot?: string;
}

/** How one cache service looks from one node, by its own protocol. */
export interface ReachFacts {
  /** Service name of the answers. */
  readonly service: string;
  readonly ok: boolean;
  /** `refused`, `timeout`, `wrong password`, `no route` … in words, when not ok. */
  readonly error?: string;
  readonly connectMs?: number;
  readonly version?: string;
  /** What could not be checked although it answers, and why: `user name and password: the PHP extension mongodb is not installed`. */
  readonly unchecked?: string;
  /** memcached `stats` or Redis `INFO` fields, or MongoDB `hello` fields. */
  readonly info?: Readonly<Record<string, string>>;
}

/** What can keep strangers from a port of this node, found by trying; absent where no service of ours could be. */
export interface GuardFacts {
  /** A transient unit with `IPAddressDeny=any` could not send, one without it could, and this systemd filters without gaps. */
  readonly ipDeny: boolean;
  /** `absent`: nft is not installed. `refused`: it is, but the kernel does not let it list its tables. */
  readonly nft: 'usable' | 'absent' | 'refused';
  /** Our nftables tables that are loaded now. */
  readonly tables: readonly string[];
  /** Addresses and networks that our units let in now (`IPAddressAllow`), by unit. */
  readonly allows: Readonly<Record<string, readonly string[]>>;
}

export interface NodeFacts {
  readonly node: string;
  readonly os: OsFacts;
  readonly hostname: string;
  readonly bootId: string;
  readonly addresses: readonly string[];
  readonly memoryMb: number;
  /** Node's clock minus this machine's, seconds, half the round trip allowed for. */
  readonly clockSkew: number;
  readonly systemd: boolean;
  readonly packageManager: 'apt' | 'dnf' | null;
  readonly selinux: 'enforcing' | 'permissive' | 'disabled' | 'absent';
  readonly firewall: string | null;
  readonly guard?: GuardFacts;
  readonly listeners: readonly Listener[];
  readonly units: readonly UnitFacts[];
  readonly packages: Readonly<Record<string, string>>;
  readonly pools: readonly PhpPool[];
  /** The pool that serves this site (web server's root = dirroot), by index into `pools`. */
  readonly sitePool: number | null;
  /** All pools that serve this site, that one first: an alias, a cron or an API may have a pool of its own. */
  readonly sitePools?: readonly number[];
  /** CLI of the pool's version. */
  readonly phpBinary: string | null;
  /** A PHP of the command line that can do without php.ini and extensions (`-n`): starts faster, and runs none of the site's as root. Absent where JSON is an extension. */
  readonly phpAlone?: string;
  /** As whom Moodle runs here: the answers' web user, the site pool's, or what the node suggests; absent when nothing does. */
  readonly webUser?: string;
  /** The answers' web user where nothing on the node confirms it, with the accounts that would be accepted. Nothing of Moodle was asked then. */
  readonly webUserRefused?: { readonly asked: string; readonly known: readonly string[] };
  /** Size and change time (nanoseconds) of the MUC file as the web user sees it: equal on nodes that share the file, practically never on others. */
  readonly mucStamp?: string;
  /** What the survey could not find out, in words. */
  readonly notes?: readonly string[];
  /** Document roots that this node's web servers serve besides ours. */
  readonly otherSites: readonly string[];
  /** Those of them that are copies of this site: their Moodle has its identifier. Absent when none has. */
  readonly clones?: readonly string[];
  /** Files the plan may touch, asked for by path. */
  readonly paths: Readonly<Record<string, PathFacts>>;
  readonly moodle: MoodleNodeFacts | null;
  readonly moodleError?: string;
  readonly reach: readonly ReachFacts[];
  /** The package manager's own simulation (raw text) of installing a package, by package name; only what was asked for. */
  readonly simulations?: Readonly<Record<string, string>>;
}

/** A store plugin as this Moodle on the main node describes it. */
export interface StorePluginFacts {
  readonly plugin: string;
  readonly requirementsMet: boolean;
  readonly canAddInstance: boolean;
  readonly modes: number;
  readonly features: number;
}

/** The site as Moodle itself tells it, started fully on the main node. */
export interface SiteFacts {
  readonly upgradePending: boolean;
  readonly siteIdentifier: string;
  readonly sessionHandler: string;
  readonly lockFactory: string;
  readonly plugins: readonly StorePluginFacts[];
  readonly definitions: readonly MucDefinition[];
  /** Definitions that main's code declares and the file does not know. */
  readonly missingDefinitions?: readonly string[];
  /** sha256 of the MUC file before and after the look; they must be equal. */
  readonly mucHashBefore: string;
  readonly mucHashAfter: string;
}

export interface ClusterFacts {
  /** By node name. Nodes with `state: out` are absent. */
  readonly nodes: Readonly<Record<string, NodeFacts>>;
  readonly site: SiteFacts | null;
  /** What was measured, now or earlier, of this very cluster; absent when nothing was. */
  readonly measured?: Measurements;
}
