/**
 * When the cluster is measured and where that is kept: beside the restore points on main, with its time. So a plan and the run that applies it decide
 * from the same numbers, and a run with nothing to do measures nothing.
 */

import { createHash } from 'node:crypto';
import { DISTANCE } from '../../advice/gather.js';
import { MAX_AGE_DAYS } from '../../advice/rules.js';
import { pageTargets } from '../../caches/muc/page-targets.js';
import { activeNodes, mainNode, moodleNodes } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import type { ClusterFacts, NodeFacts } from '../../core/facts.js';
import type { Measurements, ServiceMeasure, SharedMeasure } from '../../core/measure.js';
import { parseJson } from '../../intake/json.js';
import { measurements } from '../../intake/measure.js';
import { type ClusterProbe, measureCluster, measureServicesAgain } from '../../survey/measure/cluster.js';
import { placesOf } from '../../survey/measure/disk.js';
import type { SurveyService } from '../../survey/survey.js';
import { sitePools } from '../handlers/converge.js';
import { sessionSite } from '../points.js';
import { type Session, webUserOf } from './session.js';

/** `kept`: only what is on record. `due`: measured where nothing fits is on record. `fresh`: measured now. */
export type MeasureWish = 'kept' | 'due' | 'fresh';

const FILE = 'measurements.json';
const DAY_MS = 24 * 3600_000;
/** What the advice reads; another number and what is on record counts no more. */
const SHAPE = 2;

type Of = Measurements['of'];

/** What the measurements of each node are of: the same folders on the same file systems. */
export function measuredOf(facts: ClusterFacts, nodes: readonly string[]): Of {
  const of = (name: string): string => {
    const moodle = facts.nodes[name]?.moodle;
    const parts = [SHAPE, moodle ? placesOf(moodle).map((p) => p.path) : [], moodle?.datarootMount.fsType, moodle?.datarootMount.source];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  };
  return Object.fromEntries(nodes.map((name) => [name, of(name)]));
}

async function onRecord(session: Session): Promise<Measurements | null> {
  const text = await session.record.readFile(sessionSite(session), FILE);
  if (text === null) return null;
  // What cannot be read, or is of another version, is measured again.
  const json = parseJson(text, { values: 2_000_000 });
  const kept = json.ok ? measurements.safeParse(json.value) : null;
  return kept?.success ? kept.data : null;
}

/** What of a record counts for these nodes: one that is excluded now loses only its own. Null when nothing does. */
export function stillOf(kept: Measurements, of: Of): Measurements | null {
  const nodes = Object.entries(kept.nodes).filter(([name]) => of[name] !== undefined && kept.of[name] === of[name]);
  const names = new Set(nodes.map(([name]) => name));
  if (names.size === 0) return null;
  return { ...kept, of: pick(kept.of, names), nodes: Object.fromEntries(nodes), shared: sharedAmong(kept.shared, names) };
}

function pick<T>(all: Readonly<Record<string, T>>, names: ReadonlySet<string>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
}

function sharedAmong(shared: SharedMeasure | null, names: ReadonlySet<string>): SharedMeasure | null {
  if (shared === null || !names.has(shared.writer)) return null;
  return { ...shared, lookers: shared.lookers.filter((l) => names.has(l.node)) };
}

/** Whether asking a service again would tell more than what is on record: it is new, or it can be asked through PHP now. */
export function servicesToAsk(
  facts: ClusterFacts,
  kept: Measurements,
  services: readonly { service: string; plugin: string; host: string; port: number }[],
): boolean {
  return Object.values(kept.nodes).some((node) => {
    const of = facts.nodes[node.node];
    return services.some((s) => {
      const before = node.services.find((m) => m.service === s.service && m.address === `${s.host}:${s.port}`);
      if (!before) return true;
      return couldTellMore(before, of, s.service);
    });
  });
}

function couldTellMore(before: ServiceMeasure, of: NodeFacts | undefined, service: string): boolean {
  const answers = of?.reach.find((r) => r.service === service)?.ok === true;
  // What could not be reached then may be reached now.
  if (before.error !== undefined && answers) return true;
  if (!before.estimate) return false;
  if (before.via === 'tcp' && before.unmeasured === undefined) return answers;
  return answers && of?.moodle?.cli.extensions[before.plugin] !== undefined;
}

/** While no service is listed: the distance to the machines that could have one, measured at their SSH port, which answers already. */
function distances(session: Session): readonly SurveyService[] {
  if (session.services().length > 0) return [];
  return activeNodes(session.cluster).flatMap((node) => {
    const [address] = session.facts().nodes[node.name]?.addresses ?? [];
    if (!node.roles.includes('cache') || address === undefined) return [];
    return [{ service: `${DISTANCE}${node.name}`, plugin: 'distance', host: address, port: node.ssh.port ?? 22 }];
  });
}

function probeOf(session: Session, of: Of, now: () => Date): ClusterProbe {
  const main = mainNode(session.cluster);
  const names = moodleNodes(session.cluster);
  const ordered = [main, ...names.filter((n) => n.name !== main.name)];
  const pages = pageTargets(session.cluster, session.facts()).filter((t) => t.through === 'node');
  const nodes = ordered.flatMap((node) => {
    const facts = session.facts().nodes[node.name];
    if (!facts?.moodle) return [];
    const [pool] = sitePools({ facts: session.facts(), cluster: session.cluster }, node.name);
    const host = {
      executor: session.executor(node.name),
      toolkitDir: session.toolkitDir,
      phpBinary: facts.phpBinary ?? 'php',
      webUser: webUserOf(session.cluster, facts),
      signal: session.signal,
    };
    const page = pages.find((t) => t.node === node.name) ?? null;
    return [{ node, host, moodle: facts.moodle, runtime: pool ? () => session.bridge(node.name).runtime(pool) : null, page }];
  });
  return { nodes, services: [...session.services(), ...distances(session)], use: () => session.bridge(main.name).usage(), emit: session.emit, now, of };
}

async function keep(session: Session, measured: Measurements): Promise<void> {
  try {
    await session.record.writeFile(sessionSite(session), FILE, JSON.stringify(measured));
  } catch (thrown) {
    // The advice is as good without; the next run measures again.
    session.emit({ type: 'notice', level: 'warning', message: `What was measured could not be kept: ${asWizardError(thrown).message}` });
  }
}

/** Adds what was measured to the session's facts. Needs a survey that found no reason to refuse. @throws WizardError when it is cancelled or main is lost */
export async function loadOrMeasure(session: Session, wish: MeasureWish, now: () => Date = () => new Date()): Promise<void> {
  const of = measuredOf(
    session.facts(),
    moodleNodes(session.cluster).map((n) => n.name),
  );
  const record = await onRecord(session);
  const kept = record === null ? null : stillOf(record, of);
  const days = kept === null ? 0 : Math.floor((now().getTime() - Date.parse(kept.at)) / DAY_MS);
  const fits = kept !== null && days <= MAX_AGE_DAYS && Object.keys(of).every((name) => kept.of[name] !== undefined);
  if (wish === 'fresh' || (wish === 'due' && !fits)) {
    const measured = await measureCluster(probeOf(session, of, now));
    await keep(session, measured);
    session.attachMeasurements(measured);
  } else if (record && kept && wish === 'due' && servicesToAsk(session.facts(), kept, session.services())) {
    const measured = await measureServicesAgain(probeOf(session, of, now), kept);
    // What was measured at the same time of nodes that are excluded now is kept for when they are back.
    await keep(session, { ...measured, of: record.of, nodes: { ...record.nodes, ...measured.nodes }, shared: record.shared });
    session.attachMeasurements(measured);
  } else if (kept) {
    session.attachMeasurements(days > MAX_AGE_DAYS ? { ...kept, agedDays: days } : kept);
  }
}

/** What a run of these answers asks for: measured by itself only where the answers say so. */
export function wishOf(session: Session): MeasureWish {
  return session.answers.needs?.sharedDisk === 'measure' ? 'due' : 'kept';
}
