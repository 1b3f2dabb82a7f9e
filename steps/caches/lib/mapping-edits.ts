/** Step 5 as edits: which instance serves what, what moves, and what forbids it. Pure. */

import type { AdviceContext } from '../../../src/advice/context.js';
import { adviceContext } from '../../../src/advice/gather.js';
import { type PlannedStore, plannedStores } from '../../../src/advice/instances.js';
import { effectiveStores, MODE_NAME } from '../../../src/advice/muc.js';
import { storePlugin } from '../../../src/caches/plugins/catalog.js';
import { differences, serversOf } from '../../../src/caches/plugins/configuration.js';
import type { Finding } from '../../../src/core/change.js';
import { mainNode } from '../../../src/core/cluster.js';
import type { WizardError } from '../../../src/core/errors.js';
import type { MucConfig } from '../../../src/core/facts.js';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { remedy } from '../../../src/core/remedy.js';
import type { PlanInput } from '../../../src/track/step.js';
import { mappingFindings } from './mapping-findings.js';
import { type MappingScope, mappingRefusals, refuseMapping } from './mapping-rules.js';
import { storeUses } from './store-edits.js';
import { targetConfig, targetStores } from './target.js';

export interface MovedDefinition {
  readonly definition: string;
  /** Stores that served it and no longer do. */
  readonly left: readonly string[];
  /** Stores that serve it from now on, or by another server than before. */
  readonly entered: readonly string[];
}

export interface MappingEdits {
  /** Modes, definitions, then removals of instances. */
  readonly edits: readonly MucEdit[];
  /** Definition -> instances that serve it after the edits, primary first; application and session definitions. */
  readonly effective: Readonly<Record<string, readonly string[]>>;
  readonly moved: readonly MovedDefinition[];
  readonly refusals: readonly WizardError[];
  readonly findings: readonly Finding[];
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

function modeEdits(input: PlanInput, muc: MucConfig, known: ReadonlySet<string>): readonly (MucEdit & { readonly edit: 'mode' })[] {
  return input.advice.modes.flatMap(({ mode, store, reason }) =>
    muc.modeMappings[mode][0] === store || !known.has(store) ? [] : [{ edit: 'mode' as const, mode, store, why: reason }],
  );
}

function definitionEdits(
  input: PlanInput,
  muc: MucConfig,
  known: ReadonlySet<string>,
  blocked: ReadonlySet<string>,
): readonly (MucEdit & { readonly edit: 'definition' })[] {
  return input.advice.definitions.flatMap(({ definition, stores, reason }) => {
    const now = Object.hasOwn(muc.definitionMappings, definition) ? (muc.definitionMappings[definition] ?? []) : [];
    if (blocked.has(definition) || same(now, stores) || stores.some((s) => !known.has(s))) return [];
    return [{ edit: 'definition' as const, definition, stores, why: reason }];
  });
}

/** Removals come last: Moodle refuses to delete an instance that anything is still mapped to. */
function removals(context: AdviceContext, after: MucConfig): { readonly edits: readonly MucEdit[]; readonly refusals: readonly WizardError[] } {
  const edits: MucEdit[] = [];
  const refusals: WizardError[] = [];
  for (const name of context.answers.remove?.stores ?? []) {
    const store = context.muc.stores.find((s) => s.name === name);
    if (!store) continue;
    const users = [
      ...([1, 2, 4] as const).filter((m) => after.modeMappings[m].includes(name)).map((m) => `the mode ${MODE_NAME[m]}`),
      ...Object.entries(after.definitionMappings)
        .filter(([, names]) => names.includes(name))
        .map(([id]) => id),
    ];
    if (store.default) refusals.push(refuseMapping(`"${name}" is one of Moodle's own stores and cannot be removed.`, remedy`Remove it from remove.stores.`));
    else if (users.length > 0)
      refusals.push(refuseMapping(`"${name}" cannot be removed: it still serves ${users.join(', ')}.`, remedy`Map these elsewhere first.`));
    else edits.push({ edit: 'remove-store', name, why: 'Requested in the answers. Only the entry is removed: its data stays on its server or disk.' });
  }
  return { edits, refusals };
}

/** Instances that stay by name but talk to another server, or under another prefix, from now on. */
function movedServers(planned: readonly PlannedStore[], input: PlanInput): ReadonlySet<string> {
  return new Set(
    planned
      .filter((p) => {
        if (!p.existing) return false;
        const keys = differences(p.plugin, p.existing.configuration, p.wanted, input.secretHmacs);
        return (
          storePlugin(p.plugin)?.settings.some((s) => s.movesData && keys.includes(s.key)) ||
          serversOf(p.plugin, p.existing.configuration).join() !==
            serversOf(p.plugin, { ...p.existing.configuration, ...Object.fromEntries(p.wanted.named.map((k) => [k, p.wanted.configuration[k]])) }).join()
        );
      })
      .map((p) => p.name),
  );
}

function movements(context: AdviceContext, before: MucConfig, after: MucConfig, elsewhere: ReadonlySet<string>): Pick<MappingEdits, 'effective' | 'moved'> {
  const effective: Record<string, readonly string[]> = {};
  const moved: MovedDefinition[] = [];
  for (const definition of context.definitions.filter((d) => d.mode !== 4)) {
    const was = effectiveStores(definition, before, context.facts);
    const is = effectiveStores(definition, after, context.facts);
    effective[definition.id] = is;
    const left = was.filter((s) => !is.includes(s));
    const entered = is.filter((s) => !was.includes(s) || elsewhere.has(s));
    if (left.length > 0 || entered.length > 0) moved.push({ definition: definition.id, left, entered });
  }
  return { effective, moved };
}

/** Mappings after the edits; those of the instances to be removed are gone with the advice that no longer names them. */
function applied(
  muc: MucConfig,
  scope: MappingScope,
  modes: readonly (MucEdit & { readonly edit: 'mode' })[],
  definitions: readonly (MucEdit & { readonly edit: 'definition' })[],
): MucConfig {
  const modeMappings = { ...muc.modeMappings };
  for (const { mode, store } of modes) modeMappings[mode] = [store];
  const definitionMappings: Record<string, readonly string[]> = { ...muc.definitionMappings };
  for (const { definition, stores } of definitions) {
    if (stores.length === 0) delete definitionMappings[definition];
    else definitionMappings[definition] = stores;
  }
  return targetConfig(muc, scope.stores, modeMappings, definitionMappings);
}

/** Instances that will be, once the address of their service is known. */
function pendingNames(context: AdviceContext, planned: readonly PlannedStore[]): readonly string[] {
  const { stores, services } = context.answers;
  const names = Array.isArray(stores) ? stores.map((s) => s.name) : (services ?? []).map((s) => s.name);
  return names.filter((n) => !planned.some((p) => p.name === n || p.service === n));
}

/** The mappings that the answers name or the advice decided, as the fewest edits. Unnamed mappings stay unless the advice gives a reason. */
export function mappingEdits(input: PlanInput): MappingEdits {
  const context = adviceContext(input.cluster, input.answers, input.facts);
  const { muc } = context;
  const planned = plannedStores(context);
  const stores = targetStores(context, planned);
  const scope: MappingScope = { context, stores, uses: storeUses(context, planned), pending: pendingNames(context, planned) };
  const known = new Set(stores.map((s) => s.name));
  const refusals = mappingRefusals(scope);
  const requests = new Set(context.definitions.filter((d) => d.mode === 4).map((d) => d.id));
  const modes = modeEdits(input, muc, known);
  const definitions = definitionEdits(input, muc, known, requests);
  const after = applied(muc, scope, modes, definitions);
  const removed = removals(context, after);
  const findings = mappingFindings({ scope, advice: input.advice, before: muc, after, node: mainNode(input.cluster).name });
  return {
    edits: [...modes, ...definitions, ...removed.edits],
    ...movements(context, muc, after, movedServers(planned, input)),
    refusals: [...refusals, ...removed.refusals],
    findings,
  };
}
