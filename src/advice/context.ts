/** Everything the advice looks at, gathered once. */

import type { Answers } from '../answers/schema.js';
import type { Aim } from '../core/advice.js';
import type { Cluster } from '../core/cluster.js';
import type { ClusterFacts, MoodleNodeFacts, MucConfig, MucDefinition, NodeFacts, PhpPool } from '../core/facts.js';
import type { Measurements } from '../core/measure.js';
import type { PageTime } from './costs.js';
import type { Weighing } from './weigh.js';

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
  /** What was measured, where the answers leave it to measuring; null where they say how fast the disk is, or nothing was measured. */
  readonly measured: Measurements | null;
  /** What is best by the numbers; null where nothing was measured. */
  readonly weighing: Weighing | null;
  readonly page: PageTime;
  /** Facts of the nodes that load this Moodle. */
  readonly moodleFacts: readonly NodeFacts[];
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
