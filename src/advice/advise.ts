/** Step 1's advice: pure, from the cluster, the answers and the facts. */

import type { Answers } from '../answers/schema.js';
import { bestFirst, livesOnDisk, storePlugin } from '../caches/plugins/catalog.js';
import type { Advice, DefinitionAdvice } from '../core/advice.js';
import { type Cluster, moodleNodes } from '../core/cluster.js';
import type { ClusterFacts } from '../core/facts.js';
import { choose, isPrivate } from './choice.js';
import { type AdviceContext, hasPlugin, nodesWithout } from './context.js';
import { adviceContext } from './gather.js';
import { type PlannedStore, plannedStores } from './instances.js';
import { storeOptions } from './options.js';
import { peopleText } from './people.js';
import { adviseDefinition, type Choice } from './placements.js';
import { AGAIN, FEW_USERS } from './rules.js';
import { adviseServices, serviceLine } from './services.js';
import { closeWords, gainWords } from './weigh.js';

/** Services that are not answered yet, extensions that are not loaded, a Moodle that was not asked: the advice is made again when they are. */
function isProvisional(context: AdviceContext, planned: readonly PlannedStore[]): boolean {
  if (!context.facts.site || context.moodleFacts.length < moodleNodes(context.cluster).length) return true;
  const services = context.answers.services ?? [];
  const silent = services.some((s) => context.moodleFacts.some((n) => n.reach.find((r) => r.service === s.name)?.ok !== true));
  const missing = planned.some((s) => {
    const need = storePlugin(s.plugin)?.needs(context.branch);
    return need !== null && need !== undefined && nodesWithout(context, need.extension).length > 0;
  });
  return silent || missing;
}

/** Faults of the shared disk that no cache can fix; empty when there are none. */
function faultText({ facts }: AdviceContext): string {
  const { shared } = facts.measured ?? {};
  const lookers = (shared?.lookers ?? []).filter((l) => l.error === undefined);
  const names = (test: (l: (typeof lookers)[number]) => boolean) => lookers.filter(test).map((l) => l.node);
  const writer = shared?.writer ?? '';
  const blind = names((l) => !l.sees);
  const lockless = [...(shared?.locked === false ? [writer] : []), ...names((l) => l.lock === 'failed')];
  const unlocked = names((l) => l.lock === 'not-seen');
  if (blind.length > 0) return `Repair the shared disk first: files that ${writer} writes to dataroot are not visible on ${blind.join(', ')}. `;
  if (lockless.length > 0) return `Repair the shared disk first: locking fails on ${lockless.join(', ')}. `;
  return unlocked.length > 0 ? `Repair the shared disk first: locks taken on ${writer} are not visible on ${unlocked.join(', ')}. ` : '';
}

/** What the numbers add up to, and how sure that is. */
function numbersText({ weighing, page, measured }: AdviceContext): string {
  if (!weighing) return '';
  const aged = measured?.agedDays === undefined ? '' : ` These numbers were measured on ${measured.at.slice(0, 10)}, ${measured.agedDays} days ago: ${AGAIN}.`;
  return `${gainWords(weighing, page)}${closeWords(weighing)}${aged}`;
}

/** A service that nobody has listed is part of the best way; empty when none is. */
function setUpText(context: AdviceContext): string {
  const { weighing, disk } = context;
  if (!weighing?.best.suggested) return '';
  const { noun } = weighing.best;
  const head = disk.slow ? `Repair the shared disk first where you can. If not, ${noun}` : `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
  const [service] = adviseServices(context);
  const line = service ? `: ${serviceLine(service)}. Size: ${service.why}` : '';
  return `${head} for the shared caches is worth setting up: list it under services${line}.`;
}

/** Nothing is changed: because nothing would help, or because what would help is not there yet. */
function measuredLeaveText(context: AdviceContext): string {
  const { weighing, users, disk } = context;
  const head = `${peopleText(context)} ${disk.why} ${numbersText(context)}`;
  if (weighing?.best.suggested) return `${head} ${setUpText(context)}`;
  const few = users !== undefined && users <= FEW_USERS ? ' For so few users a memory service is not worth running.' : '';
  if (disk.slow && weighing?.now.base !== 'files') return `${head}${few} Leave the caches as they are; every upload still waits for the shared disk.`;
  if (disk.slow) return `${head}${few} Repair the shared disk first where you can: every upload and every session there waits for it too.`;
  return `${head}${few} Leave it as it is.`;
}

function leaveText(context: AdviceContext, choice: Choice): string {
  const { users, disk } = context;
  if (context.weighing) return measuredLeaveText(context);
  const few = users !== undefined && users <= FEW_USERS;
  const head = `${peopleText(context)} ${disk.why}`;
  const { name, plugin } = choice.application;
  if (!livesOnDisk(plugin))
    return `${head} Application caches are in "${name}" (${plugin}), a service that is not listed. List it under services to include it in the comparison. Until then, leave it as it is.`;
  const service = bestFirst().find((p) => p.server.managed !== null && hasPlugin(context, p.plugin))?.server.noun ?? 'a cache service';
  if (disk.slow) {
    return `${head} No cache service is listed. Repair the shared disk first where you can; ${service} for the shared caches helps most${few ? ', even for a site of this size' : ''}. Until then application caches stay in "${choice.application.name}".`;
  }
  if (few) return `${head} For so few users a memory service is not worth running: leave it as it is.`;
  return `${head} No cache service is listed, so the caches stay as they are. The next step would be ${service} for the shared caches.`;
}

function changeText(changed: number, modeChanges: boolean): string {
  const single = changed === 1 ? 'the mapping of one cache' : `the mappings of ${changed} caches`;
  const what = [...(modeChanges ? ['the mapping of the mode application'] : []), ...(changed > 0 ? [single] : [])];
  return what.length === 0 ? 'No mapping changes.' : `Changes: ${what.join(' and ')}.`;
}

function summary(context: AdviceContext, choice: Choice, definitions: readonly DefinitionAdvice[], planned: readonly PlannedStore[]): string {
  const changed = definitions.filter((d) => d.changes).length;
  const modeChanges = context.muc.modeMappings[1][0] !== choice.application.name;
  if (context.answers.mappings?.base === 'keep') return `Mappings are kept; ${changed === 0 ? 'none is' : `only ${changed} named in the answers are`} changed.`;
  const idle = changed === 0 && !modeChanges;
  if (idle && (planned.length === 0 || context.weighing)) return leaveText(context, choice);
  const stacked = definitions.filter((d) => d.placement === 'stacked').length;
  const parts = [
    `${peopleText(context)} ${context.disk.why}`,
    choice.partial
      ? `"${choice.partial.name}" (Memcached) serves the ${definitions.filter((d) => d.stores.includes(choice.partial?.name ?? '')).length} application caches that normal work does not purge; the others stay in "${choice.application.name}".`
      : `Application caches are served by "${choice.application.name}".`,
    stacked > 0 ? `${stacked} are kept on each node as well, over the shared copy.` : '',
    numbersText(context),
    changeText(changed, modeChanges),
    setUpText(context),
    'Session caches stay where they are.',
  ];
  return parts.filter((p) => p !== '').join(' ');
}

/** Session caches stay where they are, unless that is a store of each node's own. */
function sessionMode(context: AdviceContext, { candidates }: Choice): Advice['modes'][number] {
  const { mappings } = context.answers;
  const named = mappings?.modes?.session;
  if (named !== undefined) return { mode: 2, store: named, reason: 'Set in the answers.' };
  const now = candidates.find((c) => c.name === context.muc.modeMappings[2][0]);
  if (now && isPrivate(context, now) && mappings?.base !== 'keep') {
    const reason = `Moved out of "${now.name}", which is private to each node: the next request of a session may reach another node. Moodle's own session store follows the session.`;
    return { mode: 2, store: 'default_session', reason };
  }
  const reason = 'Session caches stay as they are: they already follow the session, and moving them has no benefit.';
  return { mode: 2, store: now?.name ?? 'default_session', reason };
}

/** What should serve each definition and why. Never throws; where facts are missing it is marked provisional. */
export function advise(cluster: Cluster, answers: Answers, facts: ClusterFacts): Advice {
  const context = adviceContext(cluster, answers, facts);
  const planned = plannedStores(context);
  const choice = choose(context, planned);
  const definitions = context.definitions.map((d) => adviseDefinition(d, choice, context));
  return {
    provisional: isProvisional(context, planned),
    summary: `${faultText(context)}${summary(context, choice, definitions, planned)}`,
    options: storeOptions(context),
    services: adviseServices(context),
    modes: [{ mode: 1, store: choice.application.name, reason: choice.applicationWhy }, sessionMode(context, choice)],
    definitions,
  };
}

/** PHP extensions that the planned instances need and the Moodle nodes that lack them: what step 3 installs. */
export function neededExtensions(
  cluster: Cluster,
  answers: Answers,
  facts: ClusterFacts,
): readonly { readonly extension: string; readonly plugin: string; readonly missingOn: readonly string[] }[] {
  const context = adviceContext(cluster, answers, facts);
  const plugins = [...new Set(plannedStores(context).map((s) => s.plugin))].filter((p) => hasPlugin(context, p));
  return plugins.flatMap((plugin) => {
    const need = storePlugin(plugin)?.needs(context.branch);
    return need ? [{ extension: need.extension, plugin, missingOn: nodesWithout(context, need.extension) }] : [];
  });
}
