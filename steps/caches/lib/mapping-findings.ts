/** Rows of "is / must be / what to do" about mappings. Pure. */

import { effectiveStores, MODE_NAME } from '../../../src/advice/muc.js';
import { whyNotLocal } from '../../../src/advice/placements.js';
import { SHARED_BECAUSE } from '../../../src/advice/rules.js';
import { livesInPhp, purgesAll, storePlugin } from '../../../src/caches/plugins/catalog.js';
import type { Advice } from '../../../src/core/advice.js';
import type { Finding } from '../../../src/core/change.js';
import type { MucConfig } from '../../../src/core/facts.js';
import { asRemedy, joined, part, remedy } from '../../../src/core/remedy.js';
import type { MappingScope } from './mapping-rules.js';
import { isPrivate } from './store-edits.js';

interface FindingInput {
  readonly scope: MappingScope;
  readonly advice: Advice;
  readonly before: MucConfig;
  readonly after: MucConfig;
  readonly node: string;
}

function modeRow({ advice, before, after, node }: FindingInput, mode: 1 | 2): Finding {
  const is = before.modeMappings[mode][0] ?? 'none';
  const wanted = after.modeMappings[mode][0] ?? 'none';
  return {
    id: `mappings:mode:${mode}`,
    node,
    subject: `Mode ${MODE_NAME[mode]}`,
    is,
    mustBe: wanted,
    todo: is === wanted ? remedy`` : joined([remedy`The wizard maps it.`, asRemedy(advice.modes.find((m) => m.mode === mode)?.reason ?? '')]),
    level: is === wanted ? 'ok' : 'note',
  };
}

function modeWarnings({ scope, after, node }: FindingInput): readonly Finding[] {
  const plugin = (name: string | undefined) => scope.stores.find((s) => s.name === name)?.plugin;
  const [application] = after.modeMappings[1];
  const [session] = after.modeMappings[2];
  const found: Finding[] = [];
  if (purgesAll(plugin(application) ?? '')) {
    found.push({
      id: 'mappings:memcached',
      node,
      subject: 'Mode application',
      is: `served by the memcached "${application}"`,
      mustBe: 'a store that can empty one cache alone',
      todo: remedy`Any purge in normal work (a moved category, a restored course) empties all of it. Redis does not have this drawback.`,
      level: 'warning',
    });
  }
  const cleanedSince = storePlugin(plugin(session) ?? '')?.sessionCleanupSince;
  if (cleanedSince !== undefined && scope.context.branch > 0 && scope.context.branch < cleanedSince) {
    found.push({
      id: 'mappings:session',
      node,
      subject: 'Mode session',
      is: `served by the Redis "${session}"`,
      mustBe: 'default_session',
      todo: remedy`Before Moodle 4.5 the clean-up of old session caches finds nothing, so this Redis grows without limit.`,
      level: 'warning',
    });
  }
  return found;
}

/** Definitions that are served privately although they should not be, now and after the edits: what `keep` and other hands leave behind. */
function localWarnings({ scope, after, node }: FindingInput): readonly Finding[] {
  const local = new Set(scope.uses.filter(isPrivate).map((u) => u.name));
  return scope.context.definitions.flatMap((definition): Finding[] => {
    if (definition.mode === 4) return [];
    const stores = effectiveStores(definition, after, scope.context.facts);
    const why = whyNotLocal(definition, scope.context.branch);
    const bad = stores.find((s) => local.has(s));
    if (bad === undefined || why === null) return [];
    const own = {
      id: `mappings:local:${definition.id}`,
      node,
      subject: definition.id,
      is: `served by "${bad}", private to each node`,
      level: 'warning' as const,
    };
    if (definition.canUseLocalStore && SHARED_BECAUSE[definition.id] === undefined)
      return [{ ...own, mustBe: 'shared until it is reviewed', todo: remedy`Moodle marks it as safe there, but its keys are not reviewed.` }];
    return [{ ...own, mustBe: 'one copy for all nodes', todo: remedy`Map it to a shared store: ${part(asRemedy(why))}.` }];
  });
}

/** A private store alone works, but every node then begins empty after a restart and nothing is shared. */
function aloneNotes({ scope, after, node }: FindingInput): readonly Finding[] {
  const apcu = new Set(scope.stores.filter((s) => livesInPhp(s.plugin)).map((s) => s.name));
  return Object.entries(after.definitionMappings).flatMap(([id, stores]): Finding[] => {
    if (stores.length !== 1 || !apcu.has(stores[0] ?? '')) return [];
    return [
      {
        id: `mappings:alone:${id}`,
        node,
        subject: id,
        is: `served by APCu "${stores[0]}" alone`,
        mustBe: 'APCu over a shared store',
        todo: remedy`It is empty after every restart of PHP, on every node. Map a shared store behind it.`,
        level: 'note',
      },
    ];
  });
}

export function mappingFindings(input: FindingInput): readonly Finding[] {
  return [modeRow(input, 1), modeRow(input, 2), ...modeWarnings(input), ...localWarnings(input), ...aloneNotes(input)];
}
