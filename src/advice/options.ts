/** Which store plugins this Moodle, its PHP and its hosts could have, each with why or why not. */

import { livesInPhp, NODE_MEMORY, storePlugin, storePlugins, whyMissing, whyUnusable } from '../caches/plugins/catalog.js';
import type { StorePlugin } from '../caches/plugins/types.js';
import type { OptionAdvice } from '../core/advice.js';
import { type AdviceContext, hasPlugin, installsModules, nodesWithout, sitePoolOf } from './context.js';
import { LOCAL_SAFE } from './rules.js';

/** Nodes where another user's pool has the same PHP master, so the same APCu memory (fact M14). */
export function sharedMasters(context: AdviceContext): readonly string[] {
  return context.moodleFacts.flatMap((node) => {
    const own = sitePoolOf(node);
    const other = own && node.pools.find((p) => p.unit === own.unit && p.user !== own.user);
    return own && other ? [`${node.node} (pool "${other.name}" of ${other.user} in ${own.unit})`] : [];
  });
}

/** Why APCu cannot be used here, or null. */
export function whyNoApcu(context: AdviceContext): string | null {
  if (!hasPlugin(context, NODE_MEMORY)) return whyMissing(NODE_MEMORY, context.moodle?.branch ?? '');
  const shared = sharedMasters(context);
  if (shared.length > 0) return `Its memory would be shared with pools of other users, who could read and change it: ${shared.join(', ')}.`;
  const off = context.moodleFacts.filter((n) => ['0', '', 'Off', 'off'].includes(sitePoolOf(n)?.web?.ini['apc.enabled'] ?? '1')).map((n) => n.node);
  const missing = nodesWithout(context, NODE_MEMORY);
  if (missing.length > 0 && !installsModules(context.answers))
    return `The PHP extension apcu is not loaded on ${missing.join(', ')}, and modules.install forbids installing it.`;
  if (missing.length === 0 && off.length > 0) return `apc.enabled is off on ${off.join(', ')}.`;
  return tooSmall(context);
}

/** Full beyond this share, it throws everything away too often to be of use (our number). */
const FILLED = 0.8;

/** APCu that cannot hold what would be kept in it empties itself over and over; null where it can, or sizes are not known. */
function tooSmall({ facts, definitions, branch }: AdviceContext): string | null {
  const small = LOCAL_SAFE.filter((r) => r.size === 'small' && r.since <= branch && definitions.some((d) => d.id === r.definition));
  const sizes = facts.measured?.use?.definitions ?? [];
  const bytes = small.reduce((sum, r) => sum + Math.max(0, ...sizes.flatMap((s) => (s.definition === r.definition ? [s.items * s.meanBytes] : []))), 0);
  const need = Math.ceil(bytes / 1_048_576);
  const tight = Object.values(facts.measured?.nodes ?? {}).filter(
    ({ runtime }) => runtime?.apcu && runtime.apcu.sizeMb > 0 && need > FILLED * runtime.apcu.sizeMb,
  );
  if (tight.length === 0) return null;
  const where = tight.map((n) => `${n.node} (${n.runtime?.apcu?.sizeMb} MB)`).join(', ');
  return `The small caches of this site take about ${need} MB, too much for apc.shm_size on ${where}: raise it to ${2 * need}M first.`;
}

function extensionText(context: AdviceContext, plugin: string): { readonly text: string; readonly blocked: boolean } {
  const need = storePlugin(plugin)?.needs(context.branch);
  if (!need) return { text: '', blocked: false };
  const missing = nodesWithout(context, need.extension);
  if (missing.length === 0) return { text: ` The PHP extension ${need.extension} is loaded on every Moodle node.`, blocked: false };
  const where = missing.length === context.moodleFacts.length ? 'every Moodle node' : missing.join(', ');
  if (need.extension === 'mongo') return { text: ` It needs the PHP extension mongo, which no current PHP has.`, blocked: true };
  return installsModules(context.answers)
    ? { text: ` The PHP extension ${need.extension} is missing on ${where}; step 3 installs it.`, blocked: false }
    : { text: ` The PHP extension ${need.extension} is missing on ${where}, and modules.install forbids installing it.`, blocked: true };
}

/** Why no instance of a plugin can be used here, in a sentence, or null. */
export function whyNotUsable(context: AdviceContext, plugin: string): string | null {
  if (livesInPhp(plugin)) return whyNoApcu(context);
  if (!hasPlugin(context, plugin)) return whyMissing(plugin, context.moodle?.branch ?? '');
  const unusable = whyUnusable(plugin, context.branch);
  if (unusable !== null) return unusable;
  const extension = extensionText(context, plugin);
  return extension.blocked ? extension.text.trim() : null;
}

function option(context: AdviceContext, { plugin, goodFor = '' }: StorePlugin): OptionAdvice {
  const not = whyNotUsable(context, plugin);
  const good = `${goodFor}${extensionText(context, plugin).text}`.trim();
  if (not === null) return { plugin, available: true, why: good };
  // Where only the extension is missing, what the plugin is good for is worth knowing.
  const blocked = !livesInPhp(plugin) && hasPlugin(context, plugin) && whyUnusable(plugin, context.branch) === null;
  return { plugin, available: false, why: blocked ? good : not };
}

/** One line for each plugin that instances can be made of. */
export function storeOptions(context: AdviceContext): readonly OptionAdvice[] {
  return storePlugins()
    .filter((p) => p.canAdd)
    .map((p) => option(context, p));
}
