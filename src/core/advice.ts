/** The advice of step 1 as data: what should serve each definition, and why. */

export type Aim = 'few-changes' | 'balanced' | 'fastest';

/** Who must see one copy: `shared` one for all nodes, `local` private to each, `stacked` a local over a shared one. */
export type Placement = 'shared' | 'local' | 'stacked';

export interface DefinitionAdvice {
  readonly definition: string;
  readonly mode: 1 | 2 | 4;
  readonly placement: Placement;
  /** Store instance names, primary first; empty = served by the mode's mapping. */
  readonly stores: readonly string[];
  readonly reason: string;
  /** True when it differs from what is there. */
  readonly changes: boolean;
}

export interface OptionAdvice {
  readonly plugin: string;
  readonly available: boolean;
  readonly why: string;
}

/** A cache service with its size and settings. */
export interface ServiceAdvice {
  readonly name: string;
  readonly plugin: string;
  readonly node: string;
  readonly memoryMb: number;
  /** maxmemory-policy of Redis: what it does when it is full. */
  readonly policy?: string;
  /** memcached: the largest value it takes. */
  readonly maxItemMb?: number;
  /** Listed in the answers; else it is worth setting up. */
  readonly listed: boolean;
  readonly why: string;
}

export interface Advice {
  /** Facts behind it are not final yet (services or extensions still to come). */
  readonly provisional: boolean;
  /** One paragraph a person reads first. */
  readonly summary: string;
  /** Store plugins this Moodle, PHP and host could have, or not, with why. */
  readonly options: readonly OptionAdvice[];
  readonly services: readonly ServiceAdvice[];
  readonly modes: readonly { readonly mode: 1 | 2; readonly store: string; readonly reason: string }[];
  readonly definitions: readonly DefinitionAdvice[];
}
