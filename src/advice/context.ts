/** Everything the advice looks at, gathered once. */

import type { Answers } from '../answers/schema.js';
import { branchNumber } from '../catalog/branch.js';
import type { Aim } from '../core/advice.js';
import { type Cluster, moodleNodes } from '../core/cluster.js';
import type { ClusterFacts, MoodleNodeFacts, MucConfig, MucDefinition, NodeFacts, PhpPool } from '../core/facts.js';
import { currentMuc, knownDefinitions, mainMoodle } from './muc.js';
import { NETWORK_FS, SLOW_MS, SLOW_RATIO } from './rules.js';

export interface Disk {
  readonly slow: boolean;
  /** A sentence with the number behind it. */
  readonly why: string;
}

export interface AdviceContext {
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly facts: ClusterFacts;
  readonly moodle: MoodleNodeFacts | null;
  /** As `branchNumber` gives it; 0 unknown. */
  readonly branch: number;
  readonly muc: MucConfig;
  readonly definitions: readonly MucDefinition[];
  readonly aim: Aim;
  readonly users: number | undefined;
  readonly disk: Disk;
  /** Facts of the nodes that load this Moodle. */
  readonly moodleFacts: readonly NodeFacts[];
}

/** How fast the shared disk is: as answered, else as measured, else by its kind. */
function diskOf(answers: Answers, moodle: MoodleNodeFacts | null, nodes: readonly NodeFacts[]): Disk {
  const answered = answers.needs?.sharedDisk;
  if (answered === 'slow' || answered === 'fast') return { slow: answered === 'slow', why: `The shared disk is ${answered}, as answered.` };
  const measured = nodes.flatMap((n) => (n.diskTimes ? [{ node: n.node, ...n.diskTimes }] : [])).sort((a, b) => b.sharedMs - a.sharedMs)[0];
  if (measured) {
    const slow = measured.sharedMs > SLOW_MS && measured.sharedMs > SLOW_RATIO * measured.localMs;
    return {
      slow,
      why: `A small file takes ${measured.sharedMs} ms from the shared disk and ${measured.localMs} ms from a local one (${measured.node}), so the shared disk is ${slow ? 'slow' : 'fast'}.`,
    };
  }
  const type = nodes.map((n) => n.moodle?.datarootMount.fsType ?? '').find((t) => NETWORK_FS.test(t)) ?? moodle?.datarootMount.fsType ?? '';
  if (NETWORK_FS.test(type)) return { slow: true, why: `The shared disk is a network disk (${type}) and was not measured, so it counts as slow.` };
  return { slow: false, why: type === '' ? 'The shared disk was not measured and counts as fast.' : `The shared disk is ${type} and counts as fast.` };
}

/** Gathers what the advice looks at. */
export function adviceContext(cluster: Cluster, answers: Answers, facts: ClusterFacts): AdviceContext {
  const moodle = mainMoodle(cluster, facts);
  const moodleFacts = moodleNodes(cluster).flatMap((n) => {
    const node = facts.nodes[n.name];
    return node ? [node] : [];
  });
  return {
    cluster,
    answers,
    facts,
    moodle,
    branch: moodle ? branchNumber(moodle.branch) : 0,
    muc: currentMuc(cluster, facts),
    definitions: knownDefinitions(cluster, facts),
    aim: answers.needs?.aim ?? 'balanced',
    users: answers.needs?.users,
    disk: diskOf(answers, moodle, moodleFacts),
    moodleFacts,
  };
}

/** The pool that serves the site on a node. */
export function sitePoolOf(node: NodeFacts): PhpPool | undefined {
  return node.sitePool === null ? undefined : node.pools[node.sitePool];
}

/** Moodle nodes on which an extension is missing in the web SAPI or in CLI; a SAPI that was not asked counts as having it. */
export function nodesWithout(context: AdviceContext, extension: string): readonly string[] {
  return context.moodleFacts
    .filter((node) => {
      const web = sitePoolOf(node)?.web;
      const cli = node.moodle?.cli;
      return (web && !Object.hasOwn(web.extensions, extension)) || (cli && !Object.hasOwn(cli.extensions, extension));
    })
    .map((node) => node.node);
}

/** Whether this Moodle has a store plugin's code; true when nothing could be asked. */
export function hasPlugin(context: AdviceContext, plugin: string): boolean {
  if (!context.moodle) return true;
  if (Object.keys(context.moodle.storePlugins).length > 0) return Object.hasOwn(context.moodle.storePlugins, plugin);
  return context.facts.site?.plugins.some((p) => p.plugin === plugin) ?? true;
}

/** Whether missing extensions will be installed by step 3. */
export function installsModules(answers: Answers): boolean {
  return (answers.modules?.install ?? true) === true;
}
