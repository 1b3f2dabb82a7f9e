/** What a store plugin's settings are: data that gives help texts, checks and the array Moodle keeps. */

/** How a value is written in the answers file. */
export type SettingType = 'text' | 'path' | 'integer' | 'boolean' | 'servers' | 'secret';

export interface Setting {
  /** As Moodle spells it in `configuration`. */
  readonly key: string;
  readonly type: SettingType;
  /** What to fill in and the syntax, in plain words. */
  readonly help: string;
  readonly example: string;
  /** What Moodle takes when the key is absent; also what is written for a new instance, unless `omitEmpty`. */
  readonly default: string | number | boolean | readonly never[];
  readonly pattern?: RegExp;
  /** Says what the pattern wants. */
  readonly patternText?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly { readonly value: number; readonly label: string }[];
  /** First and last branch (as `branchNumber` gives it) whose form or constructor knows the key. */
  readonly since?: number;
  readonly until?: number;
  /** The key is left out when empty or false: Moodle treats a present empty value as a real one. */
  readonly omitEmpty?: boolean;
  /** Moodle keeps a real boolean; all other yes/no values are kept as 1 and 0, as its forms give them. */
  readonly keptAsBool?: boolean;
  /** Read by the constructor but missing in Moodle's form: written only when named, and lost when the instance is saved in the browser. */
  readonly notInForm?: boolean;
  /** A value that Moodle's own code fails with, on branches from `since` on: refused for new instances, with `why` as a sentence. */
  readonly broken?: { readonly value: boolean; readonly since: number; readonly why: string };
  /** How many elements a server line may have: host, port, weight. */
  readonly parts?: 2 | 3;
}

export interface ExtensionNeed {
  /** PHP extension, lower case. */
  readonly extension: string;
  readonly min?: string;
}

export interface StorePlugin {
  readonly plugin: string;
  readonly title: string;
  /** First and last branch that has it in core; 0 = from the beginning of MUC. */
  readonly coreSince: number;
  readonly coreUntil?: number;
  /** Where it lives after core: a name to search for, no address of a file. */
  readonly laterHome?: string;
  /** What to choose instead where it is gone. */
  readonly instead?: string;
  needs(branch: number): ExtensionNeed | null;
  /** Bits of cache_store modes and features, for when this Moodle could not be asked (facts 3.1). */
  readonly modes: number;
  readonly features: number;
  readonly canAdd: boolean;
  readonly defaultPort?: number;
  readonly settings: readonly Setting[];
}

/** Where a service listens as its clients write it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Modes and features of cache_store. */
export const MODE = { application: 1, session: 2, request: 4 } as const;
export const FEATURE = { multipleIdentifiers: 1, dataGuarantee: 2, nativeTtl: 4, searchable: 8 } as const;
