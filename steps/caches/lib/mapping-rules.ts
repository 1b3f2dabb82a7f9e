/** What forbids a mapping that the answers name, a sentence each with its reason. Pure. */

import type { AdviceContext } from '../../../src/advice/context.js';
import { MODE_NAME, storeBits, unsuitable } from '../../../src/advice/muc.js';
import { whyNotLocal } from '../../../src/advice/placements.js';
import { SHARED_BECAUSE } from '../../../src/advice/rules.js';
import { didYouMean } from '../../../src/answers/suggest.js';
import { FEATURE, MODE } from '../../../src/caches/plugins/types.js';
import { CACHE_STEP } from '../../../src/caches/steps.js';
import { mainNode } from '../../../src/core/cluster.js';
import { WizardError } from '../../../src/core/errors.js';
import type { MucDefinition, MucStore } from '../../../src/core/facts.js';
import { part, type Remedy, remedy } from '../../../src/core/remedy.js';
import { rescanWords } from '../../../src/survey/rescan.js';
import { isPrivate, type StoreUse } from './store-edits.js';

export const MAPPINGS_STEP = CACHE_STEP.mappings;

export function refuseMapping(message: string, advice: Remedy): WizardError {
  return new WizardError('mapping-unsuitable', message, { step: MAPPINGS_STEP, remedies: [advice] });
}

export interface MappingScope {
  readonly context: AdviceContext;
  /** Instances as they will be. */
  readonly stores: readonly MucStore[];
  readonly uses: readonly StoreUse[];
  /** Instances whose address is not known yet; nothing is said of mappings to them. */
  readonly pending: readonly string[];
}

function unknownStore(what: string, name: string, scope: MappingScope): WizardError | null {
  if (scope.stores.some((s) => s.name === name) || scope.pending.includes(name)) return null;
  return refuseMapping(
    `${what}: there is no store "${name}".${didYouMean(
      name,
      scope.stores.map((s) => s.name),
    )}`,
    remedy`Name an existing store, or one listed under stores.`,
  );
}

/** A private store under a definition that all nodes must see alike. Moodle itself only advises here; the harm is silent, so we refuse. */
function localRefusal(definition: MucDefinition, name: string, scope: MappingScope): WizardError | null {
  if (!isPrivate(scope.uses.find((u) => u.name === name))) return null;
  const why = whyNotLocal(definition, scope.context.branch);
  // Marked by Moodle, only not reviewed by us: the administrator's word counts.
  if (why === null || (definition.canUseLocalStore && SHARED_BECAUSE[definition.id] === undefined)) return null;
  return refuseMapping(`${definition.id}: "${name}" is private to each node, but ${why}.`, remedy`Map it to a store that all nodes share.`);
}

/** It is there in the code; somebody wrote the file without it. */
function lostDefinition(id: string, { context }: MappingScope): WizardError {
  const main = mainNode(context.cluster).name;
  const user = context.facts.nodes[main]?.webUser ?? 'www-data';
  return refuseMapping(
    `Moodle's code on ${main} has the cache definition "${id}", but its cache configuration does not know it: a node with incomplete code wrote the file.`,
    remedy`Make sure that the code of all nodes is complete, then let Moodle rescan it. ${part(rescanWords(main, context.cluster.dirroot, user))}`,
  );
}

function definitionRefusals(id: string, names: readonly string[], scope: MappingScope): readonly WizardError[] {
  const { definitions, facts } = scope.context;
  const definition = definitions.find((d) => d.id === id);
  if (!definition) {
    if (definitions.length === 0) return [];
    if (facts.site?.missingDefinitions?.includes(id)) return [lostDefinition(id, scope)];
    return [
      refuseMapping(
        `There is no cache definition "${id}" in this Moodle.${didYouMean(
          id,
          definitions.map((d) => d.id),
        )}`,
        remedy`Remove it from mappings.definitions, or correct its name.`,
      ),
    ];
  }
  if (definition.mode === MODE.request)
    return [
      refuseMapping(
        `${id} is a request cache: it lives in the memory of one request, and Moodle ignores any other mapping.`,
        remedy`Remove it from mappings.definitions.`,
      ),
    ];
  return names.flatMap((name) => {
    const missing = unknownStore(id, name, scope);
    if (missing) return [missing];
    const store = scope.stores.find((s) => s.name === name);
    if (!store) return [];
    const misfit = unsuitable(definition, store, facts);
    if (misfit !== null)
      return [
        refuseMapping(
          `${id} cannot be served by "${name}": ${misfit}. Moodle would accept the mapping and silently ignore it.`,
          remedy`Choose another store for it.`,
        ),
      ];
    const local = localRefusal(definition, name, scope);
    return local ? [local] : [];
  });
}

function modeRefusals(mode: 1 | 2, name: string, scope: MappingScope): readonly WizardError[] {
  const what = `The mode ${MODE_NAME[mode]}`;
  const missing = unknownStore(what, name, scope);
  if (missing) return [missing];
  const store = scope.stores.find((s) => s.name === name);
  if (!store) return [];
  const { modes, features } = storeBits(store, scope.context.facts);
  if ((modes & mode) === 0)
    return [
      refuseMapping(
        `${what} cannot be served by "${name}": stores of the plugin "${store.plugin}" do not serve ${MODE_NAME[mode]} caches.`,
        remedy`Choose another store.`,
      ),
    ];
  if (mode === MODE.session && (features & FEATURE.searchable) === 0) {
    return [
      refuseMapping(
        `${what} cannot be served by "${name}": session caches need a store that can be searched, and the plugin "${store.plugin}" cannot.`,
        remedy`Leave it at default_session.`,
      ),
    ];
  }
  if (isPrivate(scope.uses.find((u) => u.name === name))) {
    return [
      refuseMapping(
        `${what} cannot be served by "${name}": it is private to each node, and most of these caches must be one copy for all nodes.`,
        remedy`Map the mode to a shared store, and single definitions to private ones.`,
      ),
    ];
  }
  return [];
}

/** Everything the answers name that this Moodle cannot have, or that would do silent harm. */
export function mappingRefusals(scope: MappingScope): readonly WizardError[] {
  const { mappings } = scope.context.answers;
  const { application, session } = mappings?.modes ?? {};
  return [
    ...(application === undefined ? [] : modeRefusals(1, application, scope)),
    ...(session === undefined ? [] : modeRefusals(2, session, scope)),
    ...Object.entries(mappings?.definitions ?? {}).flatMap(([id, names]) => definitionRefusals(id, names, scope)),
  ];
}
