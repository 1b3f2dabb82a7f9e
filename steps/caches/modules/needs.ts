/** Which PHP extensions the chosen store instances need, and which Moodle node lacks which. Pure. */

import { adviceContext } from '../../../src/advice/gather.js';
import { plannedStores } from '../../../src/advice/instances.js';
import { extensionOf } from '../../../src/caches/plugins/catalog.js';
import { moodleNodes } from '../../../src/core/cluster.js';
import type { NodeFacts, PhpPool } from '../../../src/core/facts.js';
import type { PlanInput } from '../../../src/track/step.js';

/** Extensions, in a fixed order, without those that need none. */
export function neededExtensions(plugins: readonly string[]): readonly string[] {
  return [...new Set(plugins.flatMap((p) => extensionOf(p) ?? []))].sort();
}

/** Plugins of every store instance that the plan makes or adopts, and of those that existing or answered mappings use. */
export function usedPlugins(input: PlanInput): readonly string[] {
  const { answers, cluster, facts } = input;
  const context = adviceContext(cluster, answers, facts);
  const planned = plannedStores(context);
  const known = new Map([...context.muc.stores, ...planned].map((s) => [s.name, s.plugin] as const));
  const answered = [...Object.values(answers.mappings?.modes ?? {}), ...Object.values(answers.mappings?.definitions ?? {}).flat()];
  const mapped = [...Object.values(context.muc.modeMappings).flat(), ...Object.values(context.muc.definitionMappings).flat()];
  const named = [...answered, ...mapped].flatMap((name) => (name === undefined ? [] : (known.get(name) ?? [])));
  // A plugin that this Moodle does not have is refused by step 4; its extension would be of no use.
  const folders = moodleNodes(cluster).map((n) => facts.nodes[n.name]?.moodle?.storePlugins);
  const exists = (plugin: string) => folders.every((f) => f === undefined || plugin in f);
  return [...new Set([...planned.map((s) => s.plugin), ...named])].filter(exists);
}

/** One PHP extension on one node. Null = could not be asked, or that SAPI does not serve the site there. */
export interface ExtensionState {
  readonly extension: string;
  readonly web: boolean | null;
  readonly cli: boolean | null;
}

export interface NodeExtensions {
  readonly node: string;
  readonly facts: NodeFacts;
  readonly servesPages: boolean;
  readonly pool: PhpPool | null;
  /** `8.2`; null when no PHP was found. */
  readonly phpVersion: string | null;
  readonly states: readonly ExtensionState[];
}

export function sitePool(facts: NodeFacts): PhpPool | null {
  return facts.sitePool === null ? null : (facts.pools[facts.sitePool] ?? null);
}

const minor = (version: string | undefined) => /^\d+\.\d+/.exec(version ?? '')?.[0] ?? null;

/** The state of extensions on every Moodle node: web nodes first, the main node last, so that a fault shows where it harms least. */
export function nodeExtensions(input: PlanInput, extensions: readonly string[]): readonly NodeExtensions[] {
  const nodes = moodleNodes(input.cluster);
  const ordered = [...nodes.filter((n) => !n.roles.includes('main')), ...nodes.filter((n) => n.roles.includes('main'))];
  return ordered.flatMap((node) => {
    const facts = input.facts.nodes[node.name];
    if (!facts) return [];
    const pool = sitePool(facts);
    const servesPages = node.roles.includes('web');
    const cli = facts.moodle?.cli;
    const states = extensions.map((extension) => ({
      extension,
      web: servesPages && pool?.web ? extension in pool.web.extensions : null,
      cli: cli ? extension in cli.extensions : null,
    }));
    return [{ node: node.name, facts, servesPages, pool, phpVersion: pool?.version ?? minor(cli?.version), states }];
  });
}

/** Extensions that a node lacks in a SAPI that could be asked. */
export function lacking(node: NodeExtensions): readonly string[] {
  return node.states.filter((s) => s.web === false || s.cli === false).map((s) => s.extension);
}
