/** Everything the advice looks at, gathered once: facts, answers, and what is best by the numbers. Pure. */

import type { Answers } from '../answers/schema.js';
import { branchNumber } from '../caches/plugins/branch.js';
import { livesInPhp, livesOnDisk, servesAll, servesNode, suggestedServer } from '../caches/plugins/catalog.js';
import { toConfiguration } from '../caches/plugins/configuration.js';
import { pointsAt } from '../caches/same-server.js';
import { serviceEndpoints } from '../caches/services/endpoints.js';
import { isSharedStore } from '../caches/store-scope.js';
import { type Cluster, moodleNodes } from '../core/cluster.js';
import type { ClusterFacts, MucConfig, MucStore } from '../core/facts.js';
import type { Measurements } from '../core/measure.js';
import type { ServiceEndpoint } from '../core/service-endpoint.js';
import type { AdviceContext } from './context.js';
import { fileCost, pageTime, placeOf, serviceCost, serviceOf, sharedCost } from './costs.js';
import { diskOf } from './disk.js';
import { localCacheFolder } from './folders.js';
import { settingsOf } from './instances.js';
import { currentMuc, knownDefinitions, mainMoodle } from './muc.js';
import { whyNoApcu, whyNotUsable } from './options.js';
import { busyHour } from './people.js';
import { localSize } from './placements.js';
import { type Base, type Weighing, weigh } from './weigh.js';

/** Name under which the way to a node with the role cache is measured while no service is listed. */
export const DISTANCE = 'distance:';

/** The service of the answers that an instance points at. */
function serviceBehind(store: MucStore, endpoints: readonly ServiceEndpoint[], context: AdviceContext): ServiceEndpoint | undefined {
  const branch = context.moodle?.branch ?? '';
  return endpoints.find((e) => pointsAt(store, e, toConfiguration({ plugin: e.plugin, branch, service: settingsOf(e) }).configuration, context));
}

/** Listed services that could serve every application cache. */
function weighedEndpoints(context: AdviceContext, endpoints: readonly ServiceEndpoint[]): readonly ServiceEndpoint[] {
  return endpoints.filter((e) => e.shared && servesAll(e.plugin) && whyNotUsable(context, e.plugin) === null);
}

/** The base that the answers name for application caches; undefined when they leave it to the advice. */
function fixedBase({ answers }: AdviceContext): string | undefined {
  const named = answers.mappings?.modes?.application;
  if (named === undefined) return undefined;
  if (named === 'default_application') return 'files';
  const store = answers.stores === 'auto' ? undefined : answers.stores?.find((s) => s.name === named);
  return store?.service ?? named;
}

function basesOf(context: AdviceContext, measured: Measurements): readonly Base[] {
  const endpoints = serviceEndpoints(context.cluster, context.answers, context.facts);
  const current = context.muc.stores.find((s) => s.name === context.muc.modeMappings[1][0]);
  const behind = current ? serviceBehind(current, endpoints, context) : undefined;
  const onFiles = current === undefined || (livesOnDisk(current.plugin) && isSharedStore(current, context.cluster, context.facts));
  const files = sharedCost(measured);
  const shared = weighedEndpoints(context, endpoints);
  const services = shared.flatMap((e): readonly Base[] => {
    const cost = serviceCost(serviceOf(measured, e.service));
    return cost ? [{ id: e.service, now: behind?.service === e.service, cost, suggested: false }] : [];
  });
  const way = Object.values(measured.nodes)
    .flatMap((n) => n.services.map((s) => s.service))
    .find((s) => s.startsWith(DISTANCE));
  const suggested = suggestedServer((plugin) => whyNotUsable(context, plugin) === null);
  const distance = endpoints.length === 0 && way !== undefined && suggested !== undefined ? serviceCost(serviceOf(measured, way)) : undefined;
  return [
    ...(files ? [{ id: 'files', now: onFiles, cost: files, suggested: false }] : []),
    ...services,
    ...(distance && suggested ? [{ id: suggested.plugin, noun: suggested.server.noun, now: false, cost: distance, suggested: true }] : []),
  ];
}

/** Names of instances that some definition is mapped to. */
function mappedNames(muc: MucConfig): ReadonlySet<string> {
  return new Set(Object.values(muc.definitionMappings).flat());
}

/** @returns null where the way that is taken has no numbers: what is chosen by rules must not be explained by the price of something else */
function weighingOf(context: AdviceContext, measured: Measurements): Weighing | null {
  const endpoints = serviceEndpoints(context.cluster, context.answers, context.facts);
  const bases = basesOf(context, measured);
  if (weighedEndpoints(context, endpoints).some((e) => !bases.some((b) => b.id === e.service))) return null;
  const fixed = fixedBase(context);
  const mapped = mappedNames(context.muc);
  const inUse = (test: (s: MucStore) => boolean) => context.muc.stores.some((s) => mapped.has(s.name) && test(s));
  const severalNodes = moodleNodes(context.cluster).length > 1;
  const folder = localCacheFolder(context);
  return weigh({
    aim: context.aim,
    users: context.users,
    bases,
    ...(fixed === undefined ? {} : { fixed }),
    local: (definition) => localSize(definition, context),
    definitions: context.definitions,
    measured,
    // A memory service on each node does what APCu would do.
    memory: {
      possible: whyNoApcu(context) === null && !endpoints.some((e) => !e.shared && servesNode(e.plugin)),
      there: inUse((s) => livesInPhp(s.plugin)),
    },
    disk: {
      cost: severalNodes && folder !== null ? fileCost(placeOf(measured, 'local')) : undefined,
      there: inUse((s) => livesOnDisk(s.plugin) && !isSharedStore(s, context.cluster, context.facts)),
    },
    page: context.page.ms,
  });
}

/** Gathers what the advice looks at. */
export function adviceContext(cluster: Cluster, answers: Answers, facts: ClusterFacts): AdviceContext {
  const moodle = mainMoodle(cluster, facts);
  const moodleFacts = moodleNodes(cluster).flatMap((n) => {
    const node = facts.nodes[n.name];
    return node ? [node] : [];
  });
  const answered = answers.needs?.sharedDisk;
  // Where the administrator says how fast the disk is, that is what counts.
  const measured = answered === 'slow' || answered === 'fast' ? null : (facts.measured ?? null);
  const bare: AdviceContext = {
    cluster,
    answers,
    facts,
    moodle,
    branch: moodle ? branchNumber(moodle.branch) : 0,
    muc: currentMuc(cluster, facts),
    definitions: knownDefinitions(cluster, facts),
    aim: answers.needs?.aim ?? 'balanced',
    users: answers.needs?.users ?? busyHour(facts.measured?.use ?? null),
    disk: diskOf(answers, moodle, moodleFacts, measured),
    measured,
    weighing: null,
    page: pageTime(measured),
    moodleFacts,
  };
  return measured ? { ...bare, weighing: weighingOf(bare, measured) } : bare;
}
