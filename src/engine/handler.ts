/** How each kind of change is looked at, captured, made and undone. One handler a kind, in src/engine/handlers. */

import type { Answers } from '../answers/schema.js';
import type { Change, ChangeKind, ChangeOf } from '../core/change.js';
import type { Cluster } from '../core/cluster.js';
import type { ErrorCode } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { ClusterFacts } from '../core/facts.js';
import type { UndoData } from '../core/record.js';
import type { Secret } from '../core/secret.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import type { Executor } from '../exec/executor.js';
import type { MoodleBridge } from '../moodle/bridge-api.js';
import type { SiteRecord } from '../records/site-record.js';

export interface ApplyContext {
  readonly run: string;
  /** Folder of the node toolkit, the same on every node: `<toolkitDir>/sh/apply-….sh`, `<toolkitDir>/bridge/…`. */
  readonly toolkitDir: string;
  readonly restorePoint: string;
  /** The site's id, under which main keeps its record. */
  readonly site: string;
  readonly record: SiteRecord;
  readonly cluster: Cluster;
  readonly answers: Answers | null;
  /** As of the last survey of this run. */
  readonly facts: ClusterFacts;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Services of the answers, where they are as far as is known. */
  endpoints(): readonly ServiceEndpoint[];
  executor(node: string): Executor;
  bridge(node: string): MoodleBridge;
  /** @throws WizardError `secret-unavailable` */
  secret(name: string): Secret;
  /** Keeps a copy of a root-owned file in the node record (0600) and tells its id; null when the file does not exist. */
  keepBefore(node: string, path: string): Promise<string | null>;
  /** Restores such a copy with owner and mode; an id of null removes the file. */
  restoreFile(node: string, path: string, id: string | null): Promise<void>;
}

/** `before`: still to do. `after`: already up to date. `other`: neither, somebody else changed it. */
export type ChangeState = 'before' | 'after' | 'other';

export interface ChangeHandler<K extends ChangeKind> {
  readonly kind: K;
  /** Code of the error when somebody else changed what it is about; `plan-stale` by default. */
  readonly movedCode?: ErrorCode;
  /** Looks, changes nothing. Gates answer `before`. */
  inspect(context: ApplyContext, change: ChangeOf<K>): Promise<ChangeState>;
  /** Records what undo needs, before the effect. */
  capture(context: ApplyContext, change: ChangeOf<K>): Promise<UndoData>;
  /** Makes the effect, or checks the gate. @returns a few words on what was done. @throws WizardError */
  apply(context: ApplyContext, change: ChangeOf<K>): Promise<string | undefined>;
  /** Undoes the effect; must be safe to run twice. Absent for gates. */
  undo?(context: ApplyContext, change: ChangeOf<K>, undo: UndoData): Promise<void>;
}

/** Kinds that no ordinary run has: what a rollback shows, and what only `repair` does, with a handler of its own. */
type UnusualKind = 'undo' | 'muc-repair';

/** One handler for every kind of change: a kind without one does not compile. */
export type HandlerTable = { readonly [K in Exclude<ChangeKind, UnusualKind>]: ChangeHandler<K> } & { readonly 'muc-repair'?: ChangeHandler<'muc-repair'> };

/** The handler of a change. @throws Error for a kind that is only shown: a bug. */
export function handlerOf(table: HandlerTable, change: Change): ChangeHandler<ChangeKind> {
  const handler = change.kind === 'undo' ? undefined : table[change.kind];
  if (!handler) throw new Error(`no handler for changes of kind ${change.kind}`);
  return handler as unknown as ChangeHandler<ChangeKind>;
}
