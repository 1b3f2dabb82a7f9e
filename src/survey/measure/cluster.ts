/** Measures the whole cluster once: disks of all nodes side by side, then across nodes, then services and pages, so that one does not slow the other. */

import { serverOf } from '../../caches/plugins/catalog.js';
import type { ClusterNode } from '../../core/cluster.js';
import { asWizardError, WizardError } from '../../core/errors.js';
import type { Emit } from '../../core/events.js';
import type { MoodleNodeFacts } from '../../core/facts.js';
import {
  type Measurements,
  type MemcachedServer,
  type NodeMeasure,
  PAGES_ERROR,
  type PlaceMeasure,
  type RuntimeMeasure,
  type ServiceMeasure,
  type SiteUse,
  type Spread,
} from '../../core/measure.js';
import type { PageTarget } from '../../core/trial.js';
import { askMemcached } from '../../exec/memcached.js';
import { pageAnswer } from '../../intake/measure.js';
import type { SurveyService } from '../survey.js';
import { measureDisk } from './disk.js';
import { type ProbeHost, runProbe } from './probe.js';
import { measureServices } from './services.js';
import { measureShared } from './shared.js';

export interface MeasuredNode {
  readonly node: ClusterNode;
  readonly host: ProbeHost;
  readonly moodle: MoodleNodeFacts;
  /** State of APCu and OPcache in the site's pool; null where there is no pool to ask. */
  readonly runtime: (() => Promise<RuntimeMeasure>) | null;
  /** How its own web server is asked for pages; null where it has none. */
  readonly page: PageTarget | null;
}

export interface ClusterProbe {
  /** The main node first. */
  readonly nodes: readonly MeasuredNode[];
  readonly services: readonly SurveyService[];
  readonly use: () => Promise<SiteUse>;
  readonly emit: Emit;
  readonly now: () => Date;
  /** As in `Measurements`. */
  readonly of: Readonly<Record<string, string>>;
}

interface Problems {
  readonly of: Map<string, string[]>;
}

/** What is measured of services, as problems name it. */
const SERVICES = 'cache services';

/** One part of a node's measurement: its failure is reported and stops nothing else, but a lost link does. */
async function part<T>(problems: Problems, node: string, what: string, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (error.code === 'cancelled') throw error;
    problems.of.set(node, [...(problems.of.get(node) ?? []), `${what}: ${error.message}`]);
    return otherwise;
  }
}

async function pageOf({ host, page }: MeasuredNode): Promise<Spread | null> {
  if (page === null) return null;
  const request = { target: page, times: 12, seconds: 1.5 };
  const answer = await runProbe(host, { probe: 'page', request, seconds: 12 }, pageAnswer);
  if (answer.why !== null) throw new WizardError('platform-refused', answer.why, { nodes: [page.node] });
  return answer.page;
}

/** memcached servers as this machine sees them, each once. */
async function memcachedServers(services: readonly SurveyService[]): Promise<readonly MemcachedServer[]> {
  const loopback = /^(localhost|127\.|::1)/;
  return Promise.all(services.filter((s) => serverOf(s.plugin)?.speaksMemcached && !loopback.test(s.host)).map((s) => askMemcached(s.service, s.host, s.port)));
}

/** Tells what could not be measured of a node. @returns the same, for the record */
function tell(problems: Problems, node: string, emit: Emit): readonly string[] {
  const errors = problems.of.get(node) ?? [];
  for (const error of errors) emit({ type: 'notice', level: 'warning', node, message: `Not measured: ${error}` });
  return errors;
}

/** Services only: after extensions and services have come. */
export async function measureServicesAgain(probe: ClusterProbe, kept: Measurements): Promise<Measurements> {
  const problems: Problems = { of: new Map() };
  const pairs = await Promise.all(
    probe.nodes.map(async ({ node: { name: node }, host }) => {
      const before = kept.nodes[node] ?? { node, places: [], services: [], errors: [] };
      const services = await part<readonly ServiceMeasure[]>(problems, node, SERVICES, before.services, () => measureServices(host, probe.services));
      const errors = [...before.errors.filter((e) => !e.startsWith(`${SERVICES}:`)), ...tell(problems, node, probe.emit)];
      return [node, { ...before, services, errors }] as const;
    }),
  );
  return { ...kept, at: kept.at, nodes: Object.fromEntries(pairs), memcached: await memcachedServers(probe.services) };
}

/** Never throws but when it is cancelled: what could not be measured is in `errors`. */
export async function measureCluster(probe: ClusterProbe): Promise<Measurements> {
  const problems: Problems = { of: new Map() };
  const { nodes, emit } = probe;
  emit({
    type: 'notice',
    level: 'info',
    message: `Measuring disks, services and pages on ${nodes.length === 1 ? 'one node' : `${nodes.length} nodes`}: about 10 s.`,
  });
  const each = <T>(what: string, otherwise: T, work: (n: MeasuredNode) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(nodes.map((n) => part(problems, n.node.name, what, otherwise, () => work(n))));
  const places = await each<readonly PlaceMeasure[]>('disks', [], (n) => measureDisk(n.host, n.moodle));
  const dataroot = nodes[0]?.moodle.dataroot ?? '';
  const shared = await measureShared(
    nodes.map((n) => n.host),
    dataroot,
  );
  const services = await each<readonly ServiceMeasure[]>(SERVICES, [], (n) => measureServices(n.host, probe.services));
  const pages = await each<Spread | null>(PAGES_ERROR, null, pageOf);
  const runtimes = await each<RuntimeMeasure | null>('APCu and OPcache', null, async (n) => (n.runtime ? n.runtime() : null));
  const main = nodes[0]?.node.name ?? '';
  const use = await part<SiteUse | null>(problems, main, 'the use of the site (database)', null, probe.use);
  const memcached = await memcachedServers(probe.services);
  const measured = nodes.map((n, i): NodeMeasure => {
    const runtime = runtimes[i];
    const page = pages[i];
    return {
      node: n.node.name,
      places: places[i] ?? [],
      services: services[i] ?? [],
      ...(runtime ? { runtime } : {}),
      ...(page ? { page } : {}),
      errors: tell(problems, n.node.name, emit),
    };
  });
  return { version: 1, at: probe.now().toISOString(), of: probe.of, nodes: Object.fromEntries(measured.map((m) => [m.node, m])), shared, use, memcached };
}
