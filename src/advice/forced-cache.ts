/** The array for tool_forcedcache that has the same effect as our plan would: for sites whose caches are set in config.php. Pure. */

import { bestFirst, NODE_MEMORY, servesAll, storePlugin, whyUnusable } from '../caches/plugins/catalog.js';
import { isSecretMark, toConfiguration } from '../caches/plugins/configuration.js';
import { serviceEndpoints } from '../caches/services/endpoints.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import { type AdviceContext, hasPlugin, nodesWithout } from './context.js';
import { settingsOf, sitePrefix } from './instances.js';
import { whyNoApcu } from './options.js';
import { localSize } from './placements.js';
import { LOCAL_SAFE } from './rules.js';

/** Where neither definitions nor branch are known, only what every Moodle with such caches has. */
const OLD = 206;

/** The small hot definitions of this Moodle that APCu may serve over the shared store. Others there would stop every script, which has no APCu of its own. */
function nearDefinitions(context: AdviceContext): readonly string[] {
  const small = LOCAL_SAFE.filter((rule) => rule.size === 'small');
  if (context.definitions.length === 0) return small.filter((rule) => rule.since <= (context.branch || OLD)).map((rule) => rule.definition);
  return small.map((rule) => rule.definition).filter((id) => context.definitions.some((d) => d.id === id && localSize(d, context) === 'small'));
}

function sharedEndpoint(context: AdviceContext): ServiceEndpoint | undefined {
  const endpoints = serviceEndpoints(context.cluster, context.answers, context.facts).filter((e) => e.shared && hasPlugin(context, e.plugin));
  const usable = bestFirst().filter(({ plugin }) => servesAll(plugin) && whyUnusable(plugin, context.branch) === null);
  return usable.flatMap(({ plugin }) => endpoints.filter((e) => e.plugin === plugin))[0];
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

/** A value as PHP writes it. The password is never written: the text takes it from the environment. */
function phpValue(value: unknown, plugin: string): string {
  if (isSecretMark(value)) return `getenv('${plugin.toUpperCase()}_PASSWORD')`;
  if (Array.isArray(value)) return `[${value.map((v) => phpValue(v, plugin)).join(', ')}]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

interface Store {
  readonly name: string;
  readonly plugin: string;
  readonly endpoint?: ServiceEndpoint;
}

/** The lines of one store, what this Moodle or its PHP lacks for it above. */
function storeLines(context: AdviceContext, { name, plugin, endpoint }: Store, taken: string[]): readonly string[] {
  const branch = context.moodle?.branch ?? '';
  const prefix = sitePrefix(context, name, taken);
  taken.push(prefix);
  const { configuration, problems } = toConfiguration({ plugin, branch, prefix, ...(endpoint ? { service: settingsOf(endpoint) } : {}) });
  const extension = storePlugin(plugin)?.needs(context.branch)?.extension;
  const missing = extension === undefined ? [] : nodesWithout(context, extension);
  const config = Object.entries(configuration).map(([key, value]) => `${quoted(key)} => ${phpValue(value, plugin)}`);
  return [
    ...problems.map((problem) => `    // ${problem}`),
    ...(missing.length > 0 ? [`    // Install the PHP extension ${extension} first: it is missing on ${missing.join(', ')}.`] : []),
    `    ${quoted(name)} => ['type' => ${quoted(plugin)}, 'config' => [${config.join(', ')}]],`,
  ];
}

/**
 * PHP text for config.php (tool_forcedcache's `$CFG->tool_forcedcache_config_array`). Without a shared service only the private store is in it.
 * Null where neither is possible.
 */
export function forcedCacheArray(context: AdviceContext): string | null {
  const endpoint = sharedEndpoint(context);
  const shared = endpoint && { name: endpoint.service, plugin: endpoint.plugin, endpoint };
  const noApcu = whyNoApcu(context);
  const names = noApcu === null ? nearDefinitions(context) : [];
  const near = names.length > 0 ? { name: 'near', plugin: NODE_MEMORY } : undefined;
  if (!shared && !near) return null;
  const taken: string[] = [];
  const over = shared ? `, ${quoted(shared.name)}` : '';
  return [
    '$CFG->tool_forcedcache_config_array = [',
    `  'stores' => [`,
    ...(near ? storeLines(context, near, taken) : [`    // No APCu: ${noApcu ?? 'this Moodle has no cache that may use it.'}`]),
    ...(shared ? storeLines(context, shared, taken) : []),
    '  ],',
    `  'rules' => [`,
    `    'application' => [`,
    ...names.map((name) => `      ['conditions' => ['name' => ${quoted(name)}], 'stores' => ['near'${over}]],`),
    ...(shared ? [`      ['stores' => [${quoted(shared.name)}]],`] : []),
    '    ],',
    `    'session' => [],`,
    `    'request' => [],`,
    '  ],',
    '];',
  ].join('\n');
}
