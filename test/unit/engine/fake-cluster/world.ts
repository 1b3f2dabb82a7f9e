/** A cluster in memory whose state outlives the process that works on it: every effect is a point at which that process can die. */

import { createHash } from 'node:crypto';
import type { Change } from '../../../../src/core/change.js';
import type { LockHolder, MucConfig } from '../../../../src/core/facts.js';
import type { Owed, RestorePoint, SiteCard, UndoEntry } from '../../../../src/core/record.js';
import { TrialState } from './trial-state.js';

export const sha = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** What a process dies of: everything it tries after that fails, as nothing of it is there any more. */
export class Killed extends Error {}

/** Where to die: before or after the n-th effect. */
export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** Every moment at which a process can die that has so many effects. */
export const kills = (effects: number): readonly Kill[] =>
  Array.from({ length: effects }, (_, i) => [{ at: i + 1, when: 'before' } as const, { at: i + 1, when: 'after' } as const]).flat();

const definition = (id: string, mode: 1 | 2 | 4, canUseLocalStore = false) => ({
  id,
  mode,
  canUseLocalStore,
  requirements: mode === 2 ? 8 : 0,
  simpleKeys: true,
});

/** What a change leaves on its node; not the plan that it was part of. */
function onDisk(change: Change): string {
  const about = `${change.kind} ${change.node}`;
  if (change.kind === 'package') return `${about} ${change.packages.join(' ')}`;
  if (change.kind === 'file') return `${about} ${change.path} ${change.mode} ${change.owner}:${change.group} ${sha(change.content)}`;
  if (change.kind === 'directory') return `${about} ${change.path} ${change.mode}`;
  return change.kind === 'unit' ? `${about} ${change.unit} ${change.action}` : about;
}

const FIRST: MucConfig = {
  siteIdentifier: 'site',
  stores: [
    { name: 'default_application', plugin: 'file', configuration: {}, default: true, modes: 3, features: 30 },
    { name: 'default_session', plugin: 'session', configuration: {}, default: true, modes: 2, features: 14 },
    { name: 'default_request', plugin: 'static', configuration: {}, default: true, modes: 4, features: 31 },
  ],
  modeMappings: { 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] },
  definitionMappings: {},
  definitions: [definition('core/string', 1, true), definition('core/config', 1), definition('core/calendar_categories', 2), definition('core/coursecat', 4)],
};

/** What stays when a process dies. */
export class World {
  muc: Buffer = Buffer.from(JSON.stringify(FIRST));
  lock: LockHolder | null = null;
  /** Changes of steps 2 and 3 that are in effect. */
  system: Change[] = [];
  /** Hash that the web SAPI of a node runs. */
  readonly runs = new Map<string, string>();
  readonly cards = new Map<string, SiteCard>();
  readonly points = new Map<string, RestorePoint>();
  readonly images = new Map<string, Buffer>();
  readonly undo = new Map<string, UndoEntry[]>();
  readonly files = new Map<string, Buffer>();
  readonly owed: Owed[] = [];
  readonly trial = new TrialState();
  /** What was emptied and what was written, in order: `empty node store definition`, `write hash`. */
  readonly history: string[] = [];
  /** Effects so far of the process that works on it now. */
  effects = 0;
  dead = false;
  #kill: Kill | null = null;

  constructor(readonly nodes: readonly string[]) {
    for (const node of nodes) this.runs.set(node, sha(this.muc));
  }

  get config(): MucConfig {
    return JSON.parse(this.muc.toString()) as MucConfig;
  }

  /** A new process begins; whoever held the lock is gone. */
  begin(kill: Kill | null): void {
    this.dead = false;
    this.effects = 0;
    this.#kill = kill;
    if (this.lock) this.lock = { ...this.lock, boot: 'an earlier start' };
  }

  /** A look: fails only when the process is dead. */
  look<T>(answer: () => T): T {
    if (this.dead) throw new Killed();
    return answer();
  }

  /** An effect, and with it two points to die at. */
  effect<T>(work: () => T): T {
    if (this.dead) throw new Killed();
    this.effects += 1;
    const due = this.#kill?.at === this.effects ? this.#kill.when : null;
    if (due === 'before') {
      this.dead = true;
      throw new Killed();
    }
    const result = work();
    if (due === 'after') {
      this.dead = true;
      throw new Killed();
    }
    return result;
  }

  publish(content: Buffer): void {
    this.muc = content;
    this.history.push(`write ${sha(content)}`);
  }

  /** All that must be the same however a run came to its end. */
  state(): Readonly<Record<string, unknown>> {
    return {
      muc: this.muc.toString(),
      runs: Object.fromEntries(this.runs),
      lock: this.lock,
      system: this.system.map(onDisk).sort(),
      points: [...this.points.values()].filter((p) => p.kind === 'apply' && !['applied', 'rolled-back'].includes(p.state)).map((p) => p.state),
      owed: this.files.has('purge-owed'),
      trial: [this.trial.mark, ...this.trial.armed.keys(), ...(this.files.has('trial.json') ? ['on record'] : [])],
    };
  }

  /** What was emptied after the file was written last: `node store definition`. */
  emptiedSinceWrite(): ReadonlySet<string> {
    const at = this.history.findLastIndex((h) => h.startsWith('write '));
    return new Set(this.history.slice(at + 1).flatMap((h) => (h.startsWith('empty ') ? [h.slice(6)] : [])));
  }
}
