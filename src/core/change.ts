/** Changes and plans are data: what is shown is what runs (rule S1). */

import type { GuardedFile } from './guarded.js';
import type { MucEdit } from './muc-edit.js';
import type { Remedy } from './remedy.js';
import type { PageTarget, StoreItems } from './trial.js';

/** A stage of a track, such as `services` or `muc`; its title is in the track's titles. */
export type StageId = string;

/** `parallel`: side by side on all nodes. `serial`: one node at a time. `main`: once, on the main node. */
export type Lane = 'parallel' | 'serial' | 'main';

/** `gate`: no effect, but stops the run when it does not hold. */
export type Risk = 'gate' | 'low' | 'interrupts' | 'irreversible';

interface ChangeBase {
  /** `kind:node:target`, unique in a plan and stable between plans. */
  readonly id: string;
  /** Node name, or `*` for all Moodle nodes together. */
  readonly node: string;
  readonly step: string;
  /** One sentence in the future tense of a list: "Install php8.2-redis". */
  readonly what: string;
  readonly why: string;
  /** Ids of changes that must be done first. */
  readonly after: readonly string[];
  readonly lane: Lane;
  readonly risk: Risk;
  /** What is lost or interrupted, in words; required for `interrupts` and `irreversible`. */
  readonly riskText?: Remedy;
  /** How it is undone, or why it cannot be. */
  readonly undo: Remedy;
  /** Units to reload or restart once, after all changes of this node and stage: `restart:unit`, `reload:unit`. */
  readonly notifies: readonly string[];
}

/** What keeps a managed service from everybody but the Moodle nodes. */
export interface ServiceGuard {
  readonly node: string;
  readonly unit: string;
  readonly address: string;
  readonly port: number;
  /** Name of the nftables table that must be loaded; null where systemd enforces `IPAddressDeny`. */
  readonly table: string | null;
  /** Nodes of the cluster that load no Moodle: connecting must fail there. */
  readonly deniedFrom: readonly string[];
}

/** Content of a file, with `{{secret:NAME}}` where a secret is filled in at the last moment. */
export type FileContent = string;

export type Change = ChangeBase &
  (
    | {
        readonly kind: 'package';
        readonly packages: readonly string[];
        /** PHP version that must not change; a transaction that adds another is refused. */
        readonly phpVersion?: string;
        /** Units the package would start by itself that must not run. */
        readonly keepStopped?: readonly string[];
      }
    | {
        readonly kind: 'file';
        readonly path: string;
        readonly content: FileContent;
        readonly mode: number;
        readonly owner: string;
        readonly group: string;
        /** sha256 now, or null when absent. Of a file that holds a secret only `secret`: a hash would let anyone try passwords against it. */
        readonly before: string | null;
        readonly holdsSecret: boolean;
      }
    | { readonly kind: 'directory'; readonly path: string; readonly mode: number; readonly owner: string; readonly group: string }
    | { readonly kind: 'unit'; readonly unit: string; readonly action: 'start' | 'restart' | 'reload'; readonly enable: boolean }
    | {
        readonly kind: 'service-ready';
        /** Service name of the answers; asked through its own protocol from every node named. */
        readonly service: string;
        readonly fromNodes: readonly string[];
        /** Set where only the Moodle nodes may reach it: proven on its node, and from nodes that must not reach it. */
        readonly guard?: ServiceGuard;
      }
    | {
        readonly kind: 'php-ready';
        /** Extensions that must be loaded in the site pool's web SAPI and in its CLI. */
        readonly extensions: readonly string[];
      }
    | { readonly kind: 'restore-point'; readonly mucHash: string }
    | {
        readonly kind: 'muc-publish';
        readonly edits: readonly MucEdit[];
        /** sha256 of the file this is made for and of the file it makes; null while provisional. */
        readonly before: string | null;
        readonly result: string | null;
        /** Unified diff, secrets masked; empty while provisional. */
        readonly diff: string;
      }
    | {
        /** Puts a whole usable file in the place of one that Moodle cannot use. */
        readonly kind: 'muc-repair';
        /** Restore point it comes from, `last-good`, `default` (Moodle's own) or `mended` (the live file with this site's identifier). */
        readonly from: string;
        readonly before: string | null;
        readonly result: string;
      }
    | { readonly kind: 'converge'; readonly mucHash: string | null; readonly reload: boolean }
    | { readonly kind: 'empty'; readonly items: StoreItems }
    | { readonly kind: 'settle' }
    /** Pages as they are before anything moves: what `pages` compares with. */
    | { readonly kind: 'baseline'; readonly targets: readonly PageTarget[] }
    | {
        /** The automatic rollback of one node: runs without the wizard unless the trial is confirmed. Main is armed first, and in every trial. */
        readonly kind: 'trial-arm';
        /** sha256 of the MUC file to restore (null: none) and of those that this run publishes; empty while provisional. */
        readonly before: string | null;
        readonly ours: readonly string[];
        /** What becomes live again by the rollback: in stores of this node, in those that only its web SAPI reaches, in those of all nodes. */
        readonly own: StoreItems;
        readonly web: StoreItems;
        readonly shared: StoreItems;
        /** False: the MUC file is not on trial, and the fields above are empty. */
        readonly muc?: false;
        /** Other files on trial on this node. */
        readonly files?: readonly GuardedFile[];
      }
    | { readonly kind: 'pages'; readonly targets: readonly PageTarget[] }
    | {
        /** Shown before a rollback: reverts the change, or the restore point, of this id. */
        readonly kind: 'undo';
        readonly of: string;
      }
    | {
        readonly kind: 'prove';
        /** Store instances that must be ready in web SAPI and CLI, with a round trip. */
        readonly stores: readonly { readonly name: string; readonly shared: boolean }[];
        /** Definition id -> store names that must serve it, primary first. */
        readonly effective: Readonly<Record<string, readonly string[]>>;
        /** Every PHP for itself, without a look at what others wrote: where the same instances were proven across nodes just before. */
        readonly alone?: true;
      }
  );

export type ChangeKind = Change['kind'];
export type ChangeOf<K extends ChangeKind> = Extract<Change, { kind: K }>;

export interface StagePlan {
  readonly stage: StageId;
  readonly changes: readonly Change[];
  /** True when an earlier stage must run before this one is exact; it is planned again then. */
  readonly provisional: boolean;
}

/** A row of the "is / must be / what to do" table. */
export interface Finding {
  readonly id: string;
  readonly node: string;
  readonly subject: string;
  readonly is: string;
  readonly mustBe: string;
  readonly todo: Remedy;
  readonly level: 'ok' | 'note' | 'warning' | 'blocks';
}

export interface Plan {
  readonly version: 1;
  readonly cluster: string;
  readonly siteId: string;
  readonly stages: readonly StagePlan[];
  readonly findings: readonly Finding[];
  readonly advice: import('./advice.js').Advice;
  /** sha256 over all that decides what runs. */
  readonly hash: string;
}

/** Effects of a plan, without gates: what "changes pending" counts. */
export function effects(plan: Plan): readonly Change[] {
  return plan.stages.flatMap((s) => s.changes).filter((c) => c.risk !== 'gate');
}

/** Ids of the changes of a plan that cannot be undone. */
export function irreversibleOf(plan: Plan): readonly string[] {
  return effects(plan).flatMap((c) => (c.risk === 'irreversible' ? [c.id] : []));
}
