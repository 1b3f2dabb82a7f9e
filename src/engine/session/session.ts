/** A connection to the whole cluster for one command: executors, the survey, Moodle's bridges, records. */

import { createHmac, randomBytes } from 'node:crypto';
import type { Answers } from '../../answers/schema.js';
import { type Cluster, mainNode, moodleNodes } from '../../core/cluster.js';
import { combineErrors, WizardError } from '../../core/errors.js';
import type { Emit } from '../../core/events.js';
import type { ClusterFacts, NodeFacts } from '../../core/facts.js';
import type { Measurements } from '../../core/measure.js';
import type { SiteBinding } from '../../core/record.js';
import { remedy } from '../../core/remedy.js';
import type { Redactor, Secret } from '../../core/secret.js';
import type { ServiceEndpoint } from '../../core/service-endpoint.js';
import type { Executor, OpenExecutor } from '../../exec/executor.js';
import { asWebUser } from '../../exec/web-user.js';
import { bridgeSite, createBridge } from '../../moodle/bridge.js';
import type { MoodleBridge } from '../../moodle/bridge-api.js';
import { packageManagerOf } from '../../platform/index.js';
import { boundRecord } from '../../records/bound-record.js';
import { openSiteRecord, type SiteRecord } from '../../records/site-record.js';
import { askServices } from '../../survey/reach.js';
import { webUserRefusals } from '../../survey/refusals-user.js';
import { type SurveyService, surveyCluster } from '../../survey/survey.js';
import { readToolkit, removeWebToken } from '../../survey/toolkit.js';
import type { Track } from '../../track/track.js';
import { type MissingNode, openAll } from './open-nodes.js';
import { simulatePackages } from './simulate.js';

export type { MissingNode } from './open-nodes.js';

export interface SessionOptions {
  /** What this session works at. */
  readonly track: Track;
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly redactor: Redactor;
  readonly open: OpenExecutor;
  readonly templatesDir: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Continues without unreachable nodes: for what only restores or reads. The main node is always needed. */
  readonly allowUnreachable?: boolean;
}

export interface Session {
  readonly track: Track;
  /** Nodes that are missing have `state: out` here. */
  readonly cluster: Cluster;
  readonly missing: readonly MissingNode[];
  readonly answers: Answers;
  readonly toolkitDir: string;
  readonly templatesDir: string;
  readonly secretHmacs: Readonly<Record<string, string>>;
  readonly record: SiteRecord;
  executor(node: string): Executor;
  secret(name: string): Secret;
  /** Surveys every node at once, without starting Moodle. Errors of all nodes are reported together. */
  survey(): Promise<ClusterFacts>;
  /** Adds what only a fully started Moodle on main can tell. Needs a survey that found no reason to refuse. */
  inspectSite(): Promise<ClusterFacts>;
  /** Asks package managers what installing would do, by node; adds it to the facts. Reads only. */
  simulate(packages: Readonly<Record<string, readonly string[]>>): Promise<ClusterFacts>;
  /** Needs a survey before. @throws WizardError when the node's Moodle could not be read */
  bridge(node: string): MoodleBridge;
  facts(): ClusterFacts;
  /** Services of the answers, where they are as far as is known. */
  endpoints(): readonly ServiceEndpoint[];
  /** The same as nodes are asked about them, with their passwords. */
  services(): readonly SurveyService[];
  /** Adds what was measured to the facts, also to those of later surveys of this session. */
  attachMeasurements(measured: Measurements): ClusterFacts;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** An endpoint as nodes are asked about it. */
export function surveyService(e: ServiceEndpoint, reveal: (secret: string) => string | undefined): SurveyService {
  const password = e.passwordSecret === undefined ? undefined : reveal(e.passwordSecret);
  return {
    service: e.service,
    plugin: e.plugin,
    host: e.host,
    port: e.port,
    ...(password === undefined ? {} : { password }),
    ...(e.username === undefined ? {} : { username: e.username }),
    ...(e.database === undefined ? {} : { database: e.database }),
    ...(e.tls ? { tls: e.tls } : {}),
  };
}

/** What the survey asks of each service that the answers name. */
function surveyServices(options: SessionOptions, facts: ClusterFacts | null): readonly SurveyService[] {
  return options.track.surveyNeeds(options.cluster, options.answers, facts).services.map((e) => surveyService(e, (name) => options.secrets[name]?.reveal()));
}

class ClusterSession implements Session {
  readonly track: Track;
  readonly cluster: Cluster;
  readonly answers: Answers;
  readonly templatesDir: string;
  readonly secretHmacs: Readonly<Record<string, string>>;
  readonly record: SiteRecord;
  #facts: ClusterFacts | null = null;
  #measured: Measurements | null = null;
  // One token a run: the web probe answers nobody else. One key a run: stored secrets are compared unseen.
  readonly #webToken = randomBytes(24).toString('hex');
  readonly #hmacKey = randomBytes(32).toString('hex');

  constructor(
    private readonly options: SessionOptions,
    private readonly executors: ReadonlyMap<string, Executor>,
    readonly missing: readonly MissingNode[],
    readonly toolkitDir: string,
  ) {
    const gone = new Map(missing.map((m) => [m.node, m.error.message]));
    const nodes = options.cluster.nodes.map((n) => {
      const exclusionReason = gone.get(n.name);
      return exclusionReason === undefined ? n : { ...n, state: 'out' as const, exclusionReason };
    });
    this.cluster = { ...options.cluster, nodes };
    this.track = options.track;
    this.answers = options.answers;
    this.templatesDir = options.templatesDir;
    options.redactor.add(this.#webToken);
    options.redactor.add(this.#hmacKey);
    this.secretHmacs = Object.fromEntries(
      Object.entries(options.secrets).map(([name, secret]) => [name, `hmac:${createHmac('sha256', this.#hmacKey).update(secret.reveal()).digest('hex')}`]),
    );
    this.record = boundRecord(openSiteRecord(this.executor(mainNode(this.cluster).name), toolkitDir), () => siteBinding(this.cluster, this.facts()));
  }

  executor(node: string): Executor {
    const executor = this.executors.get(node);
    if (!executor) throw new WizardError('bug', `Not connected to ${node}.`);
    return executor;
  }

  secret(name: string): Secret {
    const secret = this.options.secrets[name];
    if (secret) return secret;
    throw new WizardError('secret-unavailable', `The secret "${name}" is unknown in this run.`, {
      remedies: [remedy`Add it under "secrets:" in the answers file.`],
    });
  }

  async survey(): Promise<ClusterFacts> {
    const { emit, templatesDir } = this.options;
    const earlier = this.#facts?.nodes ?? {};
    const asked = surveyServices(this.options, this.#facts);
    const request = {
      dirroot: this.cluster.dirroot,
      ...(this.cluster.webUser === undefined ? {} : { webUser: this.cluster.webUser }),
      paths: this.paths(),
      services: asked,
      hmacKey: this.#hmacKey,
      webToken: this.#webToken,
      templatesDir,
    };
    const nodes = await surveyCluster(this.executors, request, emit);
    const refused = webUserRefusals(this.cluster, nodes);
    if (refused.length > 0) throw combineErrors(refused);
    this.#facts = { nodes: keepSimulations(earlier, nodes), site: null, ...(this.#measured ? { measured: this.#measured } : {}) };
    await this.askLate(asked);
    return this.#facts;
  }

  /** The address of a managed service follows from its node's own addresses, known only after a first look: then it is asked now. */
  private async askLate(asked: readonly SurveyService[]): Promise<void> {
    const late = surveyServices(this.options, this.facts()).filter(
      (s) => !asked.some((a) => a.service === s.service && a.host === s.host && a.port === s.port),
    );
    if (late.length === 0) return;
    const nodes = { ...this.facts().nodes };
    await Promise.all(
      moodleNodes(this.cluster).map(async ({ name }) => {
        const node = nodes[name];
        if (!node) return;
        const reach = await askServices(this.executor(name), this.toolkitDir, node, late);
        nodes[name] = { ...node, reach: [...node.reach.filter((r) => !late.some((l) => l.service === r.service)), ...reach] };
      }),
    );
    this.#facts = { ...this.facts(), nodes };
  }

  async inspectSite(): Promise<ClusterFacts> {
    const site = await this.bridge(mainNode(this.cluster).name).inspect();
    this.#facts = { ...this.facts(), site };
    return this.#facts;
  }

  async simulate(packages: Readonly<Record<string, readonly string[]>>): Promise<ClusterFacts> {
    const nodes = { ...this.facts().nodes };
    await Promise.all(
      Object.entries(packages).map(async ([name, wanted]) => {
        const node = nodes[name];
        const manager = node && packageManagerOf(node.os);
        const unknown = wanted.filter((p) => node?.simulations?.[p] === undefined);
        if (!node || !manager || unknown.length === 0) return;
        const simulations = await simulatePackages(this.executor(name), this.toolkitDir, manager, unknown);
        nodes[name] = { ...node, simulations: { ...node.simulations, ...simulations } };
      }),
    );
    this.#facts = { ...this.facts(), nodes };
    return this.#facts;
  }

  endpoints(): readonly ServiceEndpoint[] {
    return this.track.surveyNeeds(this.cluster, this.answers, this.facts()).services;
  }

  services(): readonly SurveyService[] {
    return surveyServices(this.options, this.facts());
  }

  attachMeasurements(measured: Measurements): ClusterFacts {
    this.#measured = measured;
    this.#facts = { ...this.facts(), measured };
    return this.#facts;
  }

  get emit(): Emit {
    return this.options.emit;
  }

  get signal(): AbortSignal {
    return this.options.signal;
  }

  /** Files that a plan of these answers may touch: known before the survey, since they follow from service names. */
  private paths(): readonly string[] {
    return this.track.surveyNeeds(this.cluster, this.answers, this.#facts).paths;
  }

  facts(): ClusterFacts {
    if (!this.#facts) throw new WizardError('bug', 'The cluster has not been surveyed yet.');
    return this.#facts;
  }

  bridge(node: string): MoodleBridge {
    const facts = this.facts().nodes[node];
    if (!facts?.moodle) {
      throw new WizardError('not-a-moodle', `${node}: Moodle at ${this.cluster.dirroot} cannot be read: ${facts?.moodleError ?? 'no survey of this node'}`, {
        nodes: [node],
      });
    }
    return createBridge({
      executor: this.executor(node),
      toolkitDir: this.toolkitDir,
      webUser: webUserOf(this.cluster, facts),
      phpBinary: facts.phpBinary ?? 'php',
      ...(facts.phpAlone === undefined ? {} : { phpAlone: facts.phpAlone }),
      hmacKey: this.#hmacKey,
      webToken: this.#webToken,
      site: bridgeSite(facts.moodle, this.cluster.dirroot),
      signal: this.options.signal,
    });
  }

  async close(): Promise<void> {
    // The token's hash file goes with the run; a node that is gone keeps a hash that nobody has the token of.
    await Promise.allSettled(moodleNodes(this.cluster).map((n) => removeWebToken(this.executor(n.name), this.#webToken)));
    await Promise.allSettled([...this.executors.values()].map((e) => e.close()));
  }
}

/** What a package manager said stays true while the node's packages are the same; asking takes seconds. */
function keepSimulations(earlier: Readonly<Record<string, NodeFacts>>, now: Readonly<Record<string, NodeFacts>>): Readonly<Record<string, NodeFacts>> {
  return Object.fromEntries(
    Object.entries(now).map(([name, node]) => {
      const before = earlier[name];
      const same = before?.simulations !== undefined && JSON.stringify(before.packages) === JSON.stringify(node.packages);
      return [name, same && before.simulations ? { ...node, simulations: before.simulations } : node];
    }),
  );
}

/** The user that PHP serves the site as on a node, as the node itself confirms it. @throws WizardError `not-a-moodle` when nothing does */
export function webUserOf(cluster: Cluster, facts: NodeFacts): string {
  if (facts.webUser) return asWebUser(facts.webUser, facts.node);
  throw new WizardError('not-a-moodle', `${facts.node}: no PHP-FPM pool or Apache that serves ${cluster.dirroot} was found, so the web user is unknown.`, {
    nodes: [facts.node],
    remedies: [remedy`Check the web server and PHP-FPM configuration of this node: only root may be able to change it.`],
  });
}

/** What a site record is bound to. */
export function siteBinding(cluster: Cluster, facts: ClusterFacts): SiteBinding {
  const main = facts.nodes[mainNode(cluster).name];
  return { dirroot: cluster.dirroot, webUser: main?.webUser ?? null };
}

/** Connects to every node; the first survey installs the node toolkit where it is missing. All unreachable nodes are reported together. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { executors, missing } = await openAll(options);
  return new ClusterSession(options, executors, missing, readToolkit(options.templatesDir).dir);
}
