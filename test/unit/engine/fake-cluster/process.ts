/** One process of the wizard at work on the cluster in memory: real commands, real journal, real planner; only the nodes are not real. */

import { join } from 'node:path';
import type { Answers } from '../../../../src/answers/schema.js';
import type { Change } from '../../../../src/core/change.js';
import type { ClusterFacts, NodeFacts } from '../../../../src/core/facts.js';
import { Secret } from '../../../../src/core/secret.js';
import type { CommandContext } from '../../../../src/engine/commands/types.js';
import type { ChangeHandler, HandlerTable } from '../../../../src/engine/handler.js';
import { HANDLERS } from '../../../../src/engine/handlers/index.js';
import type { Session } from '../../../../src/engine/session/session.js';
import type { Executor } from '../../../../src/exec/executor.js';
import type { Track } from '../../../../src/track/track.js';
import { caches } from '../../../../steps/caches/track.js';
import { afterwards, CLUSTER, facts as freshFacts, input } from '../../steps-system/world.js';
import { fakeBridge, fakeRecord, hmacOf } from './bridge.js';
import { trialCommand } from './trial.js';
import { sha, type World } from './world.js';

const TEMPLATES = join(import.meta.dirname, '../../../../templates');

export const ANSWERS = {
  version: 1,
  cluster: 'campus',
  moodle: { dirroot: '/var/www/moodle' },
  nodes: [],
  needs: { users: 100, sharedDisk: 'fast', aim: 'balanced' },
  services: [{ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '256M', password: 'secret:redisPassword' }],
  modules: { install: true },
  stores: [
    { name: 'shared', plugin: 'redis', service: 'redis1' },
    { name: 'own', plugin: 'apcu' },
  ],
  mappings: { base: 'keep', modes: { application: 'shared' }, definitions: { 'core/string': ['own', 'shared'] } },
  secrets: { redisPassword: 'env:REDIS_PASSWORD' },
} as unknown as Answers;

const extensionOf = (change: Change) => (change.kind === 'package' ? change.packages.flatMap((p) => /^php[\d.]*-(\w+)$/.exec(p)?.[1] ?? []) : []);

/** A package's extension is loaded as soon as it is installed, as on Debian. */
function withExtensions(system: readonly Change[]): readonly Change[] {
  return system.flatMap((c) => [c, ...(extensionOf(c).length === 0 ? [] : [{ ...c, kind: 'php-ready', extensions: extensionOf(c) } as unknown as Change])]);
}

/** What a process works at: the track of caches, unless a test says otherwise. */
export interface Work {
  readonly track: Track;
  readonly answers: Answers;
}

const CACHES: Work = { track: caches, answers: ANSWERS };

/** What a survey would find. */
export function factsOf(world: World, { answers }: Work, simulations: Readonly<Record<string, Readonly<Record<string, string>>>>): ClusterFacts {
  const base = input(answers, freshFacts());
  const { nodes } = afterwards(base, withExtensions(world.system)).facts;
  const serves = world.system.some((c) => c.kind === 'unit');
  const config = world.config;
  return {
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, node]): [string, NodeFacts] => {
        const moodle = node.moodle && {
          ...node.moodle,
          storePlugins: { ...node.moodle.storePlugins, session: 1, static: 1 },
          muc: { state: 'ok' as const, config },
          mucFile: { ...node.moodle.mucFile, sha256: sha(world.muc), size: world.muc.length },
          wizardLock: { ...node.moodle.wizardLock, holder: world.lock },
        };
        return [name, { ...node, moodle, reach: serves ? node.reach : [], simulations: simulations[name] ?? {} }];
      }),
    ),
    site: {
      upgradePending: false,
      siteIdentifier: 'site',
      sessionHandler: 'core\\session\\database',
      lockFactory: '',
      plugins: ['file', 'redis', 'apcu'].map((plugin) => ({
        plugin,
        requirementsMet: true,
        canAddInstance: true,
        modes: 3,
        features: plugin === 'apcu' ? 4 : 30,
      })),
      definitions: config.definitions,
      mucHashBefore: sha(world.muc),
      mucHashAfter: sha(world.muc),
    },
  };
}

/** Undo data of the form that the real handlers record. */
function undoOf(change: Change) {
  if (change.kind === 'package') return { added: change.packages };
  if (change.kind === 'unit') return { active: false, enabled: false };
  return change.kind === 'file' ? { before: null } : { was: null };
}

/** Packages, files, folders and units as entries of a list; one that is there twice would show. */
function systemHandler(world: World, kind: 'package' | 'file' | 'directory' | 'unit'): ChangeHandler<typeof kind> {
  const there = (id: string) => world.system.some((c) => c.id === id);
  return {
    kind,
    inspect: async (_context, change) => world.look(() => (there(change.id) ? 'after' : 'before')),
    capture: async (_context, change) => world.look(() => ({ ...undoOf(change), there: there(change.id) })),
    apply: async (_context, change) =>
      world.effect(() => {
        world.system.push(change);
        return undefined;
      }),
    undo: async (_context, change, undo) =>
      world.effect(() => {
        if (undo?.['there'] === false) world.system = world.system.filter((c) => c.id !== change.id);
      }),
  } as ChangeHandler<typeof kind>;
}

function handlersOf(world: World): HandlerTable {
  const gate = (kind: 'service-ready' | 'php-ready') => ({
    kind,
    inspect: async () => 'before',
    capture: async () => null,
    apply: async () => world.look(() => undefined),
  });
  return {
    ...HANDLERS,
    package: systemHandler(world, 'package'),
    file: systemHandler(world, 'file'),
    directory: systemHandler(world, 'directory'),
    unit: systemHandler(world, 'unit'),
    'service-ready': gate('service-ready'),
    'php-ready': gate('php-ready'),
  } as HandlerTable;
}

function fakeSession(world: World, work: Work): Session {
  const { track, answers } = work;
  const simulations: Record<string, Record<string, string>> = {};
  let facts: ClusterFacts | null = null;
  const survey = async () => world.look(() => (facts = factsOf(world, work, simulations)));
  const executor = (node: string): Executor => ({
    node: { ...CLUSTER.nodes.find((n) => n.name === node)! },
    run: async (cmd) => trialCommand(world, node, cmd) ?? world.look(() => ({ code: 0, stdout: '', stderr: '', ms: 1 })),
    putFile: async () => world.effect(() => {}),
    close: async () => {},
  });
  return {
    track,
    endpoints: () => track.surveyNeeds(CLUSTER, answers, facts).services,
    cluster: CLUSTER,
    missing: [],
    answers,
    toolkitDir: '/kit',
    templatesDir: TEMPLATES,
    secretHmacs: { redisPassword: hmacOf('redisPassword') },
    record: fakeRecord(world),
    executor,
    secret: () => new Secret('redisPassword', 'password'),
    services: () => [],
    attachMeasurements: () => facts ?? factsOf(world, work, simulations),
    emit: () => {},
    signal: new AbortController().signal,
    survey,
    inspectSite: survey,
    simulate: async (packages) => {
      for (const [node, names] of Object.entries(packages)) {
        for (const name of names) (simulations[node] ??= {})[name] = `Inst ${name} (1.0 Debian:12 [amd64])\nConf ${name} (1.0 Debian:12 [amd64])\n`;
      }
      return survey();
    },
    bridge: (node) => fakeBridge(world, node),
    facts: () => facts ?? factsOf(world, work, simulations),
    close: async () => {},
  };
}

let ticks = Date.parse('2026-01-01T00:00:00Z');
let runs = 0;

/** The context of one command in a process of its own. */
export function contextOf(world: World, stateDir: string, work: Work = CACHES): CommandContext {
  return {
    session: fakeSession(world, work),
    frontend: { emit: () => {}, approve: async () => world.look(() => true) },
    handlers: handlersOf(world),
    signal: new AbortController().signal,
    abort: new AbortController().signal,
    stateDir,
    by: 'root@main',
    version: '0',
    // Every line of the journal asks for the time first: so the process can die right before each of them.
    now: () => world.effect(() => new Date((ticks += 1000))),
    random: () => String((runs += 1)).padStart(6, '0'),
  };
}
