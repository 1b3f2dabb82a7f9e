/** Puts the MUC stage together in the order of rule S17: everything that will run, as changes. Pure. */

import type { Change } from '../../core/change.js';
import { type Cluster, type ClusterNode, mainNode, moodleNodes, webNodes } from '../../core/cluster.js';
import { count } from '../../core/count.js';
import { describeEdit, type MucEdit } from '../../core/muc-edit.js';
import { remedy } from '../../core/remedy.js';
import type { PageTarget } from '../../core/trial.js';
import { livesInProcess, traitsOf } from '../plugins/catalog.js';
import { CACHE_STEP } from '../steps.js';
import { canaryOf } from './canary.js';
import { emptyChanges, type StoreUse } from './empty-changes.js';
import { armingChanges, pagesChange } from './trial-changes.js';

const STORES = CACHE_STEP.stores;
const MAPPINGS = CACHE_STEP.mappings;

export type { StoreUse } from './empty-changes.js';

export interface Moved {
  readonly definition: string;
  readonly left: readonly string[];
  readonly entered: readonly string[];
}

export interface MucStageInput {
  readonly cluster: Cluster;
  readonly storeEdits: readonly MucEdit[];
  readonly mappingEdits: readonly MucEdit[];
  /** All instances the plan uses or moves from, to know where each lives. */
  readonly stores: readonly StoreUse[];
  readonly effective: Readonly<Record<string, readonly string[]>>;
  readonly moved: readonly Moved[];
  readonly mucHash: string | null;
  /** With a trial: the pages it watches. */
  readonly trial?: { readonly targets: readonly PageTarget[] };
}

const base = { lane: 'main', risk: 'gate', undo: remedy`Nothing to undo.`, notifies: [] } as const;

function publishChange(target: string, step: string, node: string, edits: readonly MucEdit[], before: string | null, after: readonly string[]): Change {
  return {
    ...base,
    kind: 'muc-publish',
    id: `muc-publish:${node}:${target}`,
    node,
    step,
    what: edits.length === 1 ? describeEdit(edits[0] as MucEdit) : `Publish ${edits.length} edits of Moodle's cache configuration`,
    why: edits.length === 1 ? (edits[0] as MucEdit).why : 'All edits become live at once, by one rename.',
    after,
    risk: 'low',
    undo: remedy`The previous file is restored, by one rename.`,
    edits,
    before,
    result: null,
    diff: '',
  };
}

function convergeChange(node: ClusterNode, target: string, step: string, after: readonly string[]): Change {
  return {
    ...base,
    kind: 'converge',
    id: `converge:${node.name}:${target}`,
    node: node.name,
    step,
    what: 'Wait until every Moodle process here uses the new file',
    why: 'OPcache and network file systems may serve the old one.',
    after,
    lane: 'parallel',
    mucHash: null,
    reload: false,
  };
}

/** One node at a time: each waits for the one before it. */
function reloadChanges(cluster: Cluster, target: string, step: string, after: readonly string[]): Change[] {
  const changes: Change[] = [];
  for (const node of moodleNodes(cluster)) {
    const last = changes.at(-1);
    const plain = convergeChange(node, target, step, last ? [last.id] : after);
    if (!node.roles.includes('web')) changes.push(plain);
    else {
      changes.push({
        ...plain,
        kind: 'converge',
        what: 'Reload PHP, and wait until every Moodle process here uses the new file',
        why: 'Until PHP is reloaded, it keeps its connection to a memcached, with the previous servers and options.',
        lane: 'serial',
        risk: 'interrupts',
        riskText: remedy`PHP is reloaded: requests in flight fail where process_control_timeout is 0; APCu and OPcache start empty.`,
        undo: remedy`PHP is reloaded once more.`,
        mucHash: null,
        reload: true,
      });
    }
  }
  return changes;
}

function convergeChanges(cluster: Cluster, target: string, step: string, after: readonly string[]): Change[] {
  return moodleNodes(cluster).map((node) => convergeChange(node, target, step, after));
}

/** Instances whose connections outlive a request in PHP, so that an edit reaches them only by a reload. */
function keepsConnections(edit: MucEdit): boolean {
  return edit.edit === 'store' && edit.action === 'edit' && traitsOf(edit.plugin)?.keepsConnection === true;
}

const ids = (changes: readonly Change[]): string[] => changes.map((c) => c.id);

/** Instances are proven before anything is mapped to them: those that are made or edited, and those that were there but serve nothing that enters now. */
function storesPart(input: MucStageInput, after: readonly string[]): Change[] {
  const { cluster } = input;
  const main = mainNode(cluster).name;
  const touched = new Set(input.storeEdits.flatMap((e) => (e.edit === 'store' ? [e.name] : [])));
  const entered = new Set(input.mappingEdits.length === 0 ? [] : input.moved.flatMap((m) => m.entered));
  const stores = input.stores
    .filter((s) => touched.has(s.name) || (entered.has(s.name) && !livesInProcess(s.plugin)))
    .map(({ name, shared }) => ({ name, shared }));
  const published: Change[] = [];
  if (input.storeEdits.length > 0) {
    const publish = publishChange('stores', STORES, main, input.storeEdits, input.mucHash, after);
    const converge = input.storeEdits.some(keepsConnections)
      ? reloadChanges(cluster, 'stores', STORES, [publish.id])
      : convergeChanges(cluster, 'stores', STORES, [publish.id]);
    published.push(publish, ...converge);
  }
  if (stores.length === 0) return published;
  const ready = published.filter((c) => c.kind === 'converge');
  return [...published, proveChange(cluster, 'stores', STORES, stores, {}, ready.length > 0 ? ids(ready) : after)];
}

function proveChange(
  cluster: Cluster,
  target: string,
  step: string,
  stores: readonly { readonly name: string; readonly shared: boolean }[],
  effective: Readonly<Record<string, readonly string[]>>,
  after: readonly string[],
): Change {
  const webs = webNodes(cluster).length;
  return {
    ...base,
    kind: 'prove',
    id: `prove:*:${target}`,
    node: '*',
    step,
    what:
      target === 'stores'
        ? `Verify ${stores.map((s) => `"${s.name}"`).join(', ')} in CLI on ${count(moodleNodes(cluster).length, 'node')} and in the web SAPI on ${webs}`
        : `Verify on every node which stores serve ${count(Object.keys(effective).length, 'definition')}`,
    why: 'Moodle silently uses the shared file store on a node where a store is not ready.',
    after,
    stores,
    effective,
    // The canary's instances were proven across nodes just before, and are again with the rest.
    ...(target === 'canary' ? { alone: true } : {}),
  };
}

/** One move of mappings from the emptying of what is entered to the proof: all at once, or the canary first. */
interface Phase {
  readonly target: string;
  readonly edits: readonly MucEdit[];
  readonly moved: readonly Moved[];
  readonly effective: Readonly<Record<string, readonly string[]>>;
}

function phasesOf({ mappingEdits, moved, effective, trial }: MucStageInput): readonly Phase[] {
  const all: Phase = { target: 'mappings', edits: mappingEdits, moved, effective };
  const canary = trial === undefined ? null : canaryOf(mappingEdits, moved);
  if (canary?.edit !== 'definition') return [all];
  const { definition, stores } = canary;
  const first: Phase = {
    target: 'canary',
    edits: [canary],
    moved: moved.filter((m) => m.definition === definition),
    effective: { [definition]: effective[definition] ?? stores },
  };
  return [first, { ...all, edits: mappingEdits.filter((e) => e !== canary), moved: moved.filter((m) => m.definition !== definition) }];
}

function phaseChanges(input: MucStageInput, phase: Phase, before: string | null, after: readonly string[]): Change[] {
  const { cluster, stores } = input;
  const { target, edits, moved, effective } = phase;
  const main = mainNode(cluster).name;
  const entered = moved.flatMap((m) => m.entered.map((store) => ({ store, definition: m.definition })));
  const left = moved.flatMap((m) => m.left.map((store) => ({ store, definition: m.definition })));
  const suffix = target === 'canary' ? '-canary' : '';
  const emptyBefore = emptyChanges({
    cluster,
    target: `before${suffix}`,
    what: 'Empty the remapped definitions in their new stores',
    pairs: entered,
    stores,
    after,
  });
  const publish = publishChange(target, MAPPINGS, main, edits, before, [...after, ...ids(emptyBefore)]);
  const converge = convergeChanges(cluster, target, MAPPINGS, [publish.id]);
  const settle: Change = {
    ...base,
    kind: 'settle',
    id: `settle:*:${target}`,
    node: '*',
    step: MAPPINGS,
    what: 'Wait until older requests, cron runs and tasks have ended',
    why: 'Processes that started before the change still use the old configuration.',
    after: ids(converge),
  };
  const emptyAfter = emptyChanges({
    cluster,
    target: `after${suffix}`,
    what: 'Empty the remapped definitions in their old and new stores',
    pairs: [...left, ...entered],
    stores,
    after: [settle.id],
  });
  const used = new Set(Object.values(effective).flat());
  // Sessions and request memory belong to one process: there is nothing another node could read.
  const proveStores = stores.filter((s) => used.has(s.name) && !livesInProcess(s.plugin)).map(({ name, shared }) => ({ name, shared }));
  const prove = proveChange(cluster, target, MAPPINGS, proveStores, effective, [settle.id, ...ids(emptyAfter)]);
  const pages = input.trial === undefined ? [] : [pagesChange(input.trial.targets, target, [prove.id])];
  return [...emptyBefore, publish, ...converge, settle, ...emptyAfter, prove, ...pages];
}

function mappingsPart(input: MucStageInput, after: readonly string[]): Change[] {
  if (input.mappingEdits.length === 0) return [];
  const armed = input.trial === undefined ? [] : armingChanges(input.cluster, input.trial.targets, input.moved, input.stores, after);
  const changes: Change[] = [...armed];
  let before = input.storeEdits.length === 0 ? input.mucHash : null;
  for (const phase of phasesOf(input)) {
    changes.push(...phaseChanges(input, phase, before, [...after, ...ids(changes)]));
    before = null;
  }
  return changes;
}

/** The whole MUC stage; empty when nothing is to be edited. */
export function mucChanges(input: MucStageInput): readonly Change[] {
  const stores = storesPart(input, []);
  const mappings = mappingsPart(input, ids(stores));
  return [...stores, ...mappings];
}

/** The restore point: the first change of a run that has any effect. */
export function restorePointChange(cluster: Cluster, step: string, mucHash: string): Change {
  const main = mainNode(cluster).name;
  return {
    ...base,
    kind: 'restore-point',
    id: `restore-point:${main}:run`,
    node: main,
    step,
    what: "Create a restore point of Moodle's cache configuration, and of everything this run changes",
    why: 'Everything can then be rolled back, even without this wizard.',
    after: [],
    risk: 'low',
    undo: remedy`Restore points are kept.`,
    mucHash,
  };
}
