/** Moodle on one node, asked over the PHP bridge (templates/bridge) through the node's executor. */

import type * as z from 'zod';
import { WizardError } from '../core/errors.js';
import type { MoodleNodeFacts, PhpPool } from '../core/facts.js';
import type { Convergence, EmptyResult, MucBytes, ProofResult, StagedMuc } from '../core/moodle-answers.js';
import type { Executor } from '../exec/executor.js';
import { OUTPUT } from '../exec/limits.js';
import * as schemas from '../intake/bridge.js';
import { checked, type Source } from '../intake/check.js';
import { runtimeMeasure, siteUse } from '../intake/measure.js';
import { phpSapi } from '../intake/moodle-facts.js';
import { asHolder, asMucBytes, asStaged } from './bridge-answers.js';
import type { MoodleBridge, ProofRequest } from './bridge-api.js';
import { bridgeError, silentError } from './bridge-errors.js';
import { type BridgeOp, bridgeArgv, bridgeRequest, newMarker, parseBridgeAnswer, type WebIdentity } from './bridge-text.js';
import { webProbe } from './web-probe/index.js';

/** What the bridge needs to know of the site; from the `config` facts of this node. */
export interface BridgeSite extends WebIdentity {
  readonly mucPath: string;
  /** Moodle's own `configwrite` lock. */
  readonly lockPath: string;
}

export interface BridgeOptions {
  readonly executor: Executor;
  /** The node toolkit: `<toolkitDir>/bridge/bridge.php`. Root-owned, readable by all. */
  readonly toolkitDir: string;
  readonly webUser: string;
  readonly phpBinary: string;
  /** A PHP that works without php.ini and extensions, for calls in the web SAPI. */
  readonly phpAlone?: string;
  /** Key of this run under which stored secrets are compared. */
  readonly hmacKey: string;
  /** Token of this run that the probe in the web SAPI asks for. */
  readonly webToken: string;
  readonly site: BridgeSite;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS: Partial<Record<BridgeOp, number>> = { inspect: 120_000, stage: 120_000, prove: 120_000, empty: 300_000, pages: 300_000 };
/** Answers that carry the whole MUC file, as base64. */
const WITH_CONTENT: readonly BridgeOp[] = ['read-muc', 'stage'];
/** Seconds that one page may take before it counts as timed out. */
const PAGE_SECONDS = 20;
const DEFAULT_TIMEOUT_MS = 60_000;
/** Long reads, which cancelling ends at once. Everything else is short and runs to its end: a lock is released, a file is renamed. */
const STOPPABLE: readonly BridgeOp[] = ['inspect', 'stage', 'prove', 'reach', 'pages', 'usage'];
/** Failures that only a page has, not a script: a redirect, an IP block list, a page of a plugin. */
const PAGE_FAILURES: readonly string[] = ['moodle-stopped', 'php', 'web-silent'];

type Fields = Readonly<Record<string, unknown>>;
type EmptyItems = readonly { readonly store: string; readonly definitions: readonly string[] }[];

/** The part of a node's facts that its bridge needs. `dirroot` comes from the answers: a path that a process of the web user names is not used by others. */
export function bridgeSite(facts: MoodleNodeFacts, dirroot: string): BridgeSite {
  const { dataroot, wwwroot, sslproxy, reverseproxy } = facts;
  return { dirroot, dataroot, wwwroot, sslproxy, reverseproxy, mucPath: facts.mucFile.path, lockPath: facts.mucLock.path };
}

const mostBytes = (op: BridgeOp): number => (WITH_CONTENT.includes(op) ? 2 * OUTPUT.muc : OUTPUT.answer);

const stopping = (o: BridgeOptions, op: BridgeOp) => (o.signal && STOPPABLE.includes(op) ? { signal: o.signal } : {});

/** One call as the web user from the command line. @throws WizardError */
async function callCli(o: BridgeOptions, op: BridgeOp, fields: Fields): Promise<unknown> {
  const marker = newMarker();
  const stdin = bridgeRequest(op, marker, { dirroot: o.site.dirroot, ...fields });
  const timeoutMs = TIMEOUT_MS[op] ?? DEFAULT_TIMEOUT_MS;
  const options = { as: { user: o.webUser }, timeoutMs, maxBytes: mostBytes(op), ...stopping(o, op) };
  const result = await o.executor.run({ argv: bridgeArgv(o.phpBinary, o.toolkitDir, op), stdin }, options);
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (!answer) throw silentError(op, o.executor.node.name, result);
  if (!answer.ok) throw bridgeError(answer.error, op, o.executor.node.name);
  return answer.data;
}

/** One call in the web SAPI behind this pool. @throws WizardError */
async function callWeb(o: BridgeOptions, pool: PhpPool, op: BridgeOp, fields: Fields): Promise<unknown> {
  const node = o.executor.node.name;
  const refused = webProbe(pool).refusal(node);
  if (refused !== null) throw refused;
  const timeoutMs = TIMEOUT_MS[op] ?? DEFAULT_TIMEOUT_MS;
  const ask = async (extra: Fields): ReturnType<typeof askPool> => askPool(o, pool, op, { ...fields, ...extra }, timeoutMs);
  let answer = await ask({});
  if (!answer.ok && PAGE_FAILURES.includes(answer.error.code) && (op === 'prove' || op === 'empty')) {
    const second = await ask({ startAs: 'script' });
    if (second.ok) answer = second;
  }
  if (!answer.ok) throw bridgeError(answer.error, op, node);
  return answer.data;
}

async function askPool(o: BridgeOptions, pool: PhpPool, op: BridgeOp, fields: Fields, timeoutMs: number) {
  const marker = newMarker();
  const probe = webProbe(pool);
  const call = { op, marker, fields, toolkitDir: o.toolkitDir, token: o.webToken, web: o.site, timeout: timeoutMs / 1000 - 5 };
  const options = { as: 'root' as const, timeoutMs, maxBytes: mostBytes(op), ...stopping(o, op) };
  const result = await o.executor.run({ argv: probe.argv(o, o.toolkitDir, op), stdin: probe.request(pool, call) }, options);
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (!answer) throw silentError(op, o.executor.node.name, result);
  return answer;
}

/**
 * Where Moodle cannot start (a dead Redis ends 3.8 and older), the stores are proven one by one without it: the problem is then reported by store,
 * and no definition has an effective store.
 */
async function proveOrReport(call: (fields: Fields) => Promise<unknown>, request: ProofRequest, source: Source): Promise<ProofResult> {
  try {
    return checked(schemas.proofResult, await call({ proof: request }), source);
  } catch (thrown) {
    if (!(thrown instanceof WizardError) || thrown.code !== 'verify-failed') throw thrown;
    const stores = checked(schemas.proofResult, await call({ proof: request, storesOff: true }), source);
    return { ...stores, effective: Object.fromEntries(request.definitions.map((id) => [id, []])) };
  }
}

/** `MoodleBridge` of one node. @throws WizardError from every method, naming the node */
export function createBridge(options: BridgeOptions): MoodleBridge {
  const cli = (op: BridgeOp, fields: Fields = {}): Promise<unknown> => callCli(options, op, fields);
  const web = (pool: PhpPool, op: BridgeOp, fields: Fields): Promise<unknown> => callWeb(options, pool, op, fields);
  const { mucPath, lockPath } = options.site;
  const { hmacKey } = options;
  const encode = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString('base64'));
  const source = (op: BridgeOp): Source => ({ node: options.executor.node.name, what: `answer to "${op}"` });
  const asked = async <T>(schema: z.ZodType<T>, op: BridgeOp, fields: Fields = {}): Promise<T> => checked(schema, await cli(op, fields), source(op));
  const askedWeb = async <T>(schema: z.ZodType<T>, pool: PhpPool, op: BridgeOp, fields: Fields = {}): Promise<T> =>
    checked(schema, await web(pool, op, fields), source(op));
  return {
    inspect: () => asked(schemas.siteFacts, 'inspect'),
    stage: async ({ base, ...request }): Promise<StagedMuc> => asStaged(await cli('stage', { hmacKey, ...request, base: encode(base) }), source('stage')),
    readMuc: async (): Promise<MucBytes | null> => asMucBytes(await cli('read-muc', { mucPath }), source('read-muc')),
    publish: ({ content, expected, mode }) => asked(schemas.published, 'publish', { mucPath, lockPath, content: encode(content), expected, mode }),
    lock: async (holder) => void (await cli('lock', { mucPath, holder })),
    unlock: async (token) => (await asked(schemas.removed, 'unlock', { mucPath, token })).removed,
    lockHolder: async () => asHolder(await cli('lock-holder', { mucPath }), source('lock-holder')),
    sapi: (pool) => (pool === null ? asked(phpSapi, 'sapi') : askedWeb(phpSapi, pool, 'sapi')),
    proveCli: (request) => proveOrReport((fields) => cli('prove', fields), request, source('prove')),
    proveWeb: (pool, request) => proveOrReport((fields) => web(pool, 'prove', fields), request, source('prove')),
    converge: (pool): Promise<Convergence> => askedWeb(schemas.convergence, pool, 'converge', { mucPath }),
    convergeCli: () => asked(schemas.convergence, 'converge', { mucPath }),
    empty: (items: EmptyItems, config, flushOwned = []): Promise<EmptyResult> =>
      asked(schemas.emptyResult, 'empty', { items, base: config === 'live' ? null : encode(config.base), flushOwned }),
    usage: () => asked(siteUse, 'usage'),
    runtime: (pool) => askedWeb(runtimeMeasure, pool, 'runtime'),
    beginTrial: async (id) => void (await cli('trial-begin', { mucPath, id })),
    turnTrial: (id, to) => asked(schemas.trialTurned, 'trial-turn', { mucPath, id, to }),
    trialMark: async (id) => (await asked(schemas.trialMark, 'trial-mark', { mucPath, id })).mark,
    clearTrial: async (id) => void (await cli('trial-clear', { mucPath, id })),
    pages: (request) => asked(schemas.pageMeasures, 'pages', { ...request, timeout: PAGE_SECONDS }),
    emptyWeb: (pool, items) => askedWeb(schemas.emptyResult, pool, 'empty', { items }),
  };
}
