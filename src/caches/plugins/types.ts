/** What is known of a store plugin: traits that decide, and settings that give help texts, checks and the array Moodle keeps. */

import type { ServerTraits } from './server-types.js';
import type { Configuration, SettingValue } from './shapes.js';

/** How a value is written in the answers file. */
export type SettingType = 'text' | 'path' | 'integer' | 'boolean' | 'servers' | 'secret';

export interface SettingChoice {
  readonly value: number;
  readonly label: string;
  /** PHP extension that this choice needs besides the plugin's own; what needs it, as in "its serializer is igbinary". */
  readonly extension?: { readonly name: string; readonly why: string };
}

/** A setting whose text has a form of its own: how it is checked, kept and compared. */
export interface SettingForm {
  /** What is wrong with a value, as the end of a sentence ("must be …"), or null. */
  check(value: SettingValue): string | null;
  /** The value as Moodle's form keeps it. Checked values only. */
  keep(value: SettingValue): string;
  /** Two kept values with the same text behave the same. */
  seen(value: unknown): string;
}

export interface Setting {
  /** As Moodle spells it in `configuration`. */
  readonly key: string;
  readonly type: SettingType;
  /** What to fill in and the syntax. */
  readonly help: string;
  readonly example: string;
  /** What Moodle takes when the key is absent; also what is written for a new instance, unless `omitEmpty`. */
  readonly default: string | number | boolean | readonly never[];
  readonly pattern?: RegExp;
  /** Says what the pattern wants. */
  readonly patternText?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly SettingChoice[];
  /** First and last branch (as `branchNumber` gives it) whose form or constructor knows the key. */
  readonly since?: number;
  readonly until?: number;
  /** The key is not written when empty or false: Moodle treats a present empty value as a real one. */
  readonly omitEmpty?: boolean;
  /** Moodle keeps a real boolean; all other yes/no values are kept as 1 and 0, as its forms give them. */
  readonly keptAsBool?: boolean;
  /** Read by the constructor but missing in Moodle's form: written only when named, and lost when the instance is saved in the browser. */
  readonly notInForm?: boolean;
  /** A value that Moodle's own code fails with, on branches from `since` on: refused for new instances, with `why` as a sentence. */
  readonly broken?: { readonly value: boolean; readonly since: number; readonly why: string };
  /** How many elements a server line may have: host, port, weight. */
  readonly parts?: 2 | 3;
  /** Port of a server line that names none. */
  readonly port?: number;
  /** With another value the instance no longer reads what it wrote before. */
  readonly movesData?: boolean;
  /** Only for settings whose text has a form of its own. */
  readonly form?: SettingForm;
}

export interface ExtensionNeed {
  /** PHP extension, lower case. */
  readonly extension: string;
  readonly min?: string;
}

/** Traits that are also known of plugins whose settings the catalogue does not have. */
export interface StoreTraits {
  readonly plugin: string;
  /** Where what an instance holds lives: in one request or session, in the memory of one PHP master, in files, on a server. */
  readonly lives: 'process' | 'php' | 'disk' | 'server';
  /** Purging one definition empties the whole server. */
  readonly purgesAll?: boolean;
  /** PHP keeps the connection and its options, by the name of the instance, beyond a request: an edit takes effect by a reload. */
  readonly keepsConnection?: boolean;
}

export interface StorePlugin extends StoreTraits {
  readonly title: string;
  /** First and last branch that has it in core; 0 = from the beginning of MUC. */
  readonly coreSince: number;
  readonly coreUntil?: number;
  /** Where it lives after core: a name to search for, no address of a file. */
  readonly laterHome?: string;
  /** What to choose instead where it is gone. */
  readonly instead?: string;
  /** Why the plugin cannot be used on a branch although its code is there, as the end of a sentence; null where it can. */
  unusable?(branch: number): string | null;
  /** The PHP extension that the wizard installs for it, with the names its package has beside `php-NAME`. */
  readonly extension?: { readonly name: string; readonly rpm: readonly string[] };
  needs(branch: number): ExtensionNeed | null;
  /** Bits of cache_store modes and features, for when this Moodle could not be asked (fact M12). */
  readonly modes: number;
  readonly features: number;
  readonly canAdd: boolean;
  /** What it is good for, in one sentence of advice. */
  readonly goodFor?: string;
  /** Before this branch the clean-up of old session caches deletes nothing from it. */
  readonly sessionCleanupSince?: number;
  readonly settings: readonly Setting[];
  /** What Moodle's form adds to settings that were filled in; `named` are the keys that the answers name. */
  complete?(configuration: Configuration, named: readonly string[]): Configuration;
  /** What this Moodle cannot do with a whole configuration, a sentence each. */
  problems?(configuration: Configuration, branch: number): readonly string[];
  /** A text that two configurations share when they reach the same data; null when that cannot be said. */
  dataKey?(configuration: Configuration): string | null;
  /** Only for plugins that live on a server. */
  readonly server?: ServerTraits;
}

/** Modes and features of cache_store. */
export const MODE = { application: 1, session: 2, request: 4 } as const;
export const FEATURE = { multipleIdentifiers: 1, dataGuarantee: 2, nativeTtl: 4, searchable: 8 } as const;
