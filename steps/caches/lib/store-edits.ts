/** Step 4 as edits: instances to add or bring up to date, and what forbids it. Pure. */

import { type AdviceContext, hasPlugin } from '../../../src/advice/context.js';
import { adviceContext } from '../../../src/advice/gather.js';
import { type PlannedStore, plannedStores } from '../../../src/advice/instances.js';
import { bestFirst, livesInPhp, livesInProcess, purgesAll, serverOf, storePlugin, whyMissing } from '../../../src/caches/plugins/catalog.js';
import { type Configuration, differences, overlay } from '../../../src/caches/plugins/configuration.js';
import { shareServer, usesServer } from '../../../src/caches/same-server.js';
import { CACHE_STEP } from '../../../src/caches/steps.js';
import { isSharedStore } from '../../../src/caches/store-scope.js';
import type { Finding } from '../../../src/core/change.js';
import { mainNode } from '../../../src/core/cluster.js';
import { WizardError } from '../../../src/core/errors.js';
import type { MucStore } from '../../../src/core/facts.js';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { type Remedy, remedy } from '../../../src/core/remedy.js';
import type { PlanInput } from '../../../src/track/step.js';

export const STORES_STEP = CACHE_STEP.stores;

export interface StoreUse {
  readonly name: string;
  readonly plugin: string;
  /** One for all Moodle nodes; false = private to each. */
  readonly shared: boolean;
}

export interface StoreEdits {
  readonly edits: readonly MucEdit[];
  /** Every instance there is or will be. */
  readonly stores: readonly StoreUse[];
  readonly refusals: readonly WizardError[];
  readonly findings: readonly Finding[];
}

function refuse(message: string, remedies: readonly Remedy[]): WizardError {
  return new WizardError('store-unavailable', message, { step: STORES_STEP, remedies });
}

/** Why this Moodle cannot have the plugin at all; null when it can. */
function pluginRefusal(store: PlannedStore, context: AdviceContext): WizardError | null {
  const { plugin, name } = store;
  const known = storePlugin(plugin);
  const branch = context.moodle?.branch ?? '';
  if (!hasPlugin(context, plugin)) {
    const later =
      known?.laterHome === undefined
        ? []
        : [remedy`Or install the plugin ${known.laterHome} into cache/stores/${plugin} on every node, upgrade Moodle, and run this again.`];
    return refuse(`Store "${name}": ${whyMissing(plugin, branch)}`, [
      remedy`Choose another plugin for "${name}", such as ${known?.instead?.toLowerCase() ?? bestFirst()[0]?.plugin}.`,
      ...later,
    ]);
  }
  const unusable = known?.unusable?.(context.branch) ?? null;
  if (unusable !== null) return refuse(`Store "${name}": ${unusable}, so this Moodle cannot use it.`, [remedy`Choose ${known?.instead} instead.`]);
  const reported = context.facts.site?.plugins.find((p) => p.plugin === plugin);
  if (reported?.canAddInstance === false)
    return refuse(`Store "${name}": Moodle does not allow adding stores of the plugin "${plugin}".`, [remedy`Choose another plugin.`]);
  return null;
}

/** A purge of this memcached would log everybody out (fact M16). */
function sessionRefusal(store: PlannedStore, context: AdviceContext): WizardError | null {
  if (!purgesAll(store.plugin)) return null;
  const mine = { plugin: store.plugin, configuration: { ...store.existing?.configuration, ...store.wanted.configuration } };
  const session = context.moodleFacts
    .flatMap(({ node, moodle }) => (moodle?.sessionServers ?? []).map((s) => ({ ...s, seenFrom: node })))
    .find((s) => s.plugin === store.plugin && usesServer(mine, s, context));
  if (!session) return null;
  return new WizardError(
    'service-foreign',
    `Store "${store.name}": ${session.address} holds the sessions of this site, and any purge of the store would log out all users.`,
    {
      step: STORES_STEP,
      remedies: [remedy`Give the caches a memcached of their own (another port is enough).`],
    },
  );
}

function refusalsOf(store: PlannedStore, context: AdviceContext): readonly WizardError[] {
  const plugin = pluginRefusal(store, context);
  if (plugin) return [plugin];
  const { existing, name } = store;
  if (existing && existing.plugin !== store.plugin) {
    return [
      refuse(`The name "${name}" is taken by a store of the plugin "${existing.plugin}"; this one uses "${store.plugin}".`, [
        remedy`Choose another name, or remove that store under remove.stores first.`,
      ]),
    ];
  }
  const session = sessionRefusal(store, context);
  const prefix = prefixRefusal(store, context);
  return [
    ...store.wanted.problems.map((p) => refuse(`Store "${name}": ${p}`, [remedy`Change its settings in the answers.`])),
    ...(session ? [session] : []),
    ...(prefix ? [prefix] : []),
  ];
}

/** Two APCu instances, or two instances on one server, with one prefix mix their data. */
function prefixRefusal(store: PlannedStore, context: AdviceContext): WizardError | null {
  if (!store.wanted.named.includes('prefix')) return null;
  const prefix = store.wanted.configuration['prefix'];
  const mine = { plugin: store.plugin, configuration: store.wanted.configuration };
  const other = context.muc.stores.find(
    (s) =>
      s.name !== store.name && s.plugin === store.plugin && s.configuration['prefix'] === prefix && (livesInPhp(store.plugin) || shareServer(s, mine, context)),
  );
  return other && prefix !== ''
    ? refuse(`Store "${store.name}": the prefix "${String(prefix)}" is already used by "${other.name}" on the same server, so their data would mix.`, [
        remedy`Choose another prefix, or omit it.`,
      ])
    : null;
}

function editOf(store: PlannedStore, input: PlanInput): MucEdit | null {
  const { existing, wanted, name, plugin } = store;
  if (!existing) return { edit: 'store', action: 'add', name, plugin, configuration: wanted.configuration, why: store.why };
  const keys = differences(plugin, existing.configuration, wanted, input.secretHmacs);
  if (keys.length === 0) return null;
  return {
    edit: 'store',
    action: 'edit',
    name,
    plugin,
    configuration: overlay(existing.configuration, wanted),
    why: `${store.why} What differs: ${keys.join(', ')}.`,
  };
}

function finding(store: PlannedStore, edit: MucEdit | null, node: string): Finding {
  const is = !store.existing ? 'missing' : edit ? edit.why : `up to date${store.adopted ? ' (adopted)' : ''}`;
  return {
    id: `stores:${store.name}`,
    node,
    subject: `Store "${store.name}" (${store.plugin})`,
    is,
    mustBe: store.why,
    todo: edit ? (store.existing ? remedy`The wizard edits it.` : remedy`The wizard adds it.`) : remedy``,
    level: edit ? 'note' : 'ok',
  };
}

function warnings(store: PlannedStore, context: AdviceContext, node: string): readonly Finding[] {
  const all = { ...store.existing?.configuration, ...store.wanted.configuration };
  const own = { node, subject: `Store "${store.name}" (${store.plugin})`, level: 'warning' as const };
  const found: Finding[] = [];
  if (sendsUnverified(store.plugin, all)) {
    found.push(unverified(store, node));
  }
  if (purgesAll(store.plugin) && all['isshared']) {
    found.push({
      ...own,
      id: `stores:isshared:${store.name}`,
      is: 'isshared is on',
      mustBe: 'a memcached of its own',
      todo: remedy`With current memcached versions, purging a shared server leaves old entries. Give Moodle a server of its own.`,
    });
  }
  const other = context.muc.stores.find((s) => s.name !== store.name && shareServer(s, { plugin: store.plugin, configuration: all }, context));
  if (other && purgesAll(store.plugin)) {
    found.push({
      ...own,
      id: `stores:server:${store.name}`,
      is: `"${other.name}" uses the same memcached`,
      mustBe: 'one store per server',
      todo: remedy`A purge of either empties both.`,
    });
  }
  return found;
}

/** Other instances that are there and send their password over TLS without verifying the server. */
function unverifiedStores(context: AdviceContext, planned: readonly PlannedStore[], node: string): readonly Finding[] {
  return context.muc.stores
    .filter((s) => sendsUnverified(s.plugin, s.configuration) && !planned.some((p) => p.name === s.name))
    .map((s) => unverified(s, node));
}

/** TLS whose certificate Moodle does not verify. */
function sendsUnverified(plugin: string, configuration: Configuration): boolean {
  return serverOf(plugin)?.tls === true && Boolean(configuration['encryption']) && !configuration['cafile'];
}

function unverified({ name, plugin }: Pick<MucStore, 'name' | 'plugin'>, node: string): Finding {
  return {
    id: `stores:tls:${name}`,
    node,
    subject: `Store "${name}" (${plugin})`,
    is: 'TLS without a certificate authority (cafile): Moodle sends the password without verifying the server',
    mustBe: 'certificate verified before the password is sent',
    todo: remedy`Name the file of its authority: "tls: {cafile: /PATH}" in its service, or the setting cafile of the store.`,
    level: 'warning',
  };
}

/**
 * The instances that the answers, or the advice, ask for. Nothing that is there and not named is touched; keys that the catalogue does
 * not know are kept. @returns no edits for what is refused, and the reason among the refusals
 */
export function storeEdits(input: PlanInput): StoreEdits {
  const context = adviceContext(input.cluster, input.answers, input.facts);
  const node = mainNode(input.cluster).name;
  const planned = plannedStores(context);
  const edits: MucEdit[] = [];
  const refusals: WizardError[] = [];
  const findings: Finding[] = [];
  for (const store of planned) {
    const against = refusalsOf(store, context);
    refusals.push(...against);
    const edit = against.length === 0 ? editOf(store, input) : null;
    if (edit) edits.push(edit);
    if (against.length === 0) findings.push(finding(store, edit, node), ...warnings(store, context, node));
  }
  findings.push(...unverifiedStores(context, planned, node));
  return { edits, stores: storeUses(context, planned), refusals, findings };
}

/** Planned instances and all others that are there. */
export function storeUses(context: AdviceContext, planned: readonly PlannedStore[]): readonly StoreUse[] {
  const others = context.muc.stores.filter((s) => !planned.some((p) => p.name === s.name));
  return [
    ...planned.map(({ name, plugin, shared }) => ({ name, plugin, shared })),
    ...others.map((s) => ({ name: s.name, plugin: s.plugin, shared: !livesInProcess(s.plugin) && isSharedStore(s, context.cluster, context.facts) })),
  ];
}

/** Whether an instance is private to each node in a way that other nodes could notice. */
export function isPrivate(use: StoreUse | undefined): boolean {
  return use !== undefined && !use.shared && !livesInProcess(use.plugin);
}
