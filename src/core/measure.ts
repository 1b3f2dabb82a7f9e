/** What measuring found, as data (rule S28). Times are milliseconds, sizes bytes or megabytes as named. Kept in the site record with its time. */

/** Percentiles of one repeated thing, milliseconds; `n` how often it was done. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly n: number;
}

export const PLACES = ['dataroot', 'cachedir', 'local', 'tmpfs'] as const;
/** `local`: localcachedir where it is the node's own, else a folder that could be it. */
export type Place = (typeof PLACES)[number];

export const DISK_OPS = ['create', 'read', 'stat', 'rename', 'fsync', 'delete'] as const;
export type DiskOp = (typeof DISK_OPS)[number];

/** One folder of one node as a place for caches. */
export interface PlaceMeasure {
  readonly place: Place;
  readonly path: string;
  readonly fsType: string;
  readonly source: string;
  readonly device: string;
  readonly options: string;
  readonly freeMb: number | null;
  /** Null where the file system does not count them. */
  readonly freeInodes: number | null;
  /** `create`: made, written, closed. `read`: looked for, opened, read, closed, as Moodle's file store does. */
  readonly ops: Readonly<Partial<Record<DiskOp, Spread>>>;
  readonly bytesWritten?: number;
  readonly writeMbPerSecond?: number;
  /** Time was over before all files were made. */
  readonly cut?: boolean;
  readonly failed?: string;
  /** Why nothing was written there. */
  readonly refused?: string;
}

export interface RoundTrip {
  readonly bytes: number;
  readonly set?: Spread;
  readonly get?: Spread;
  /** Why a value of this size has no times. */
  readonly refused?: string;
}

/** `php`: through the extension Moodle would use. `raw`: the service's protocol over a plain socket. `tcp`: only the way to its machine. */
export type Via = 'php' | 'raw' | 'tcp';

/** One cache service from one node. */
export interface ServiceMeasure {
  readonly service: string;
  readonly plugin: string;
  readonly address: string;
  readonly via: Via;
  /** True unless the times are of the very client that Moodle would use. */
  readonly estimate: boolean;
  /** Connection and login. */
  readonly connect?: Spread | null;
  readonly roundTrips: readonly RoundTrip[];
  /** Fields of memcached `stats` or Redis `INFO`, by the server's own names. */
  readonly server?: Readonly<Record<string, string>>;
  /** Redis: whose keys are there, of those looked at. */
  readonly keys?: readonly { readonly group: string; readonly kind: 'sessions' | 'caches' | 'other'; readonly keys: number }[];
  readonly error?: string;
  /** Why it answers and was not measured: Moodle's client for it is missing on this node. */
  readonly unmeasured?: string;
  /** Nothing listened there: the service is still to come, and the way to its machine is all that is known. */
  readonly refused?: boolean;
}

export interface RuntimeMeasure {
  readonly sapi: string;
  readonly apcu: {
    readonly sizeMb: number;
    readonly freeMb: number;
    /** 0: all free memory is one piece; towards 1: crumbs. */
    readonly fragmentation: number;
    readonly entries: number;
    readonly expunges: number;
  } | null;
  readonly opcache: {
    readonly enabled: boolean;
    readonly readable: boolean;
    readonly full?: boolean;
    readonly freeMb?: number;
    readonly usedMb?: number;
    readonly wastedPercent?: number;
    readonly scripts?: number;
    readonly maxScripts?: number;
    readonly hitRate?: number;
    readonly restartsOutOfMemory?: number;
  };
}

/** How the line of `errors` begins that says why no page was measured. */
export const PAGES_ERROR = 'pages';

export interface NodeMeasure {
  readonly node: string;
  readonly places: readonly PlaceMeasure[];
  readonly services: readonly ServiceMeasure[];
  /** Of the site's pool; absent when it could not be asked. */
  readonly runtime?: RuntimeMeasure;
  /** First byte of the login page, else of the front page, from this node's own web server; absent when it answered with neither. */
  readonly page?: Spread;
  /** What could not be measured here, in words. */
  readonly errors: readonly string[];
}

/** One file system for all? Written on one node, looked at from the others. */
export interface SharedMeasure {
  readonly writer: string;
  readonly refused: string | null;
  /** False: the writer itself could take no lock, so that nobody could see one. */
  readonly locked?: boolean;
  readonly lookers: readonly {
    readonly node: string;
    readonly sees: boolean;
    /** `not-seen`: a lock held on the writer does not block this node. `failed`: locks cannot be tried here at all (ENOLCK, ENOTSUP). */
    readonly lock: 'seen' | 'not-seen' | 'failed' | 'unknown';
    /** The longest time that a changed file was still read as it was before. */
    readonly staleMs: number | null;
    /** First read of what another node wrote. */
    readonly cold: Spread | null;
    /** Why nothing else of this row is a verdict: it could not look, or the writer may have been gone. */
    readonly error?: string;
  }[];
}

export interface DefinitionSize {
  readonly definition: string;
  readonly store: string;
  readonly items: number;
  readonly meanBytes: number;
  readonly maxBytes: number;
  /** The look was cut short: there are more. */
  readonly atLeast: boolean;
}

/** The use of the site, from its own tables. Null where a number is unavailable. */
export interface SiteUse {
  readonly activeHour: number | null;
  readonly activeDay: number | null;
  /** In thirty days. */
  readonly activeMonth: number | null;
  readonly users: number | null;
  readonly courses: number | null;
  readonly sessionsHour: number | null;
  readonly themeDesignerMode: boolean;
  readonly cacheJs: boolean;
  readonly langStringCache: boolean;
  /** Files and folders of the code that the web user could change. */
  readonly writableCode?: readonly string[];
  readonly definitions: readonly DefinitionSize[];
  /** Time was up before all definitions had been looked at. */
  readonly definitionsCut?: boolean;
}

/** A memcached as this machine's own client sees it. */
export interface MemcachedServer {
  readonly service: string;
  readonly address: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly version?: string;
  readonly limitMb?: number;
  readonly usedMb?: number;
  readonly itemSizeMax?: number;
  readonly evictions?: number;
  /** Hits of all gets, 0 to 1; absent while there were none. */
  readonly hitRatio?: number;
  readonly uptimeSeconds?: number;
  readonly connections?: number;
  readonly items?: number;
  /** A random key written, read and deleted. */
  readonly proven?: boolean;
  readonly roundTripMs?: number;
}

export interface Measurements {
  readonly version: 1;
  /** When, ISO 8601. */
  readonly at: string;
  /** By node, what they are of: with other folders or file systems, that node's count no more. */
  readonly of: Readonly<Record<string, string>>;
  /** Days since then, where that is longer ago than they should decide; set by the reader, not recorded. */
  readonly agedDays?: number;
  readonly nodes: Readonly<Record<string, NodeMeasure>>;
  readonly shared: SharedMeasure | null;
  readonly use: SiteUse | null;
  readonly memcached: readonly MemcachedServer[];
}
