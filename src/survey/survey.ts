/** The survey of nodes: facts in one round trip each, nothing changed. */

import { randomBytes } from 'node:crypto';
import type { Role } from '../core/cluster.js';
import { asWizardError, combineErrors, WizardError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { NodeFacts } from '../core/facts.js';
import { plainText } from '../core/names.js';
import { remedy } from '../core/remedy.js';
import type { TlsLink } from '../core/tls.js';
import type { Executor } from '../exec/executor.js';
import { OUTPUT } from '../exec/limits.js';
import { lastLines } from '../exec/sudo.js';
import { answerInvalid } from '../intake/check.js';
import { type MoodleAnswer, readMoodleAnswer } from '../intake/node-facts.js';
import { newMarker } from '../moodle/bridge-text.js';
import {
  parseAddresses,
  parseGuard,
  parseListeners,
  parseOsRelease,
  parsePackages,
  parsePaths,
  parseSystem,
  parseUnits,
  parseUnixListeners,
  sections,
} from './parse.js';
import { bootstrap, readToolkit, type Toolkit } from './toolkit.js';

/** A cache service to ask from every Moodle node. The password travels on standard input only. */
export interface SurveyService {
  readonly service: string;
  readonly plugin: string;
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: TlsLink;
}

export interface SurveyRequest {
  readonly dirroot: string;
  readonly webUser?: string;
  /** Absolute paths whose owner, mode and hash are wanted. */
  readonly paths: readonly string[];
  readonly services: readonly SurveyService[];
  readonly hmacKey: string;
  readonly webToken: string;
  readonly templatesDir: string;
}

const SURVEY_TIMEOUT_MS = 150_000;
const MOODLE_ROLES: readonly Role[] = ['main', 'web', 'cron'];

/**
 * Looks at one node. Also installs the node toolkit where it is missing, and the run's web token.
 * @throws WizardError `link-lost`, `timeout`, `change-failed` (toolkit), `platform-refused` when the node cannot be read at all
 */
export async function surveyNode(executor: Executor, request: SurveyRequest, toolkit: Toolkit = readToolkit(request.templatesDir)): Promise<NodeFacts> {
  const mark = `mcw-${randomBytes(9).toString('hex')}`;
  const { node } = executor;
  const isMoodle = node.roles.some((role) => MOODLE_ROLES.includes(role));
  // Never an argument: who can list processes could print sections of his own, by the name of a socket of his.
  const stdin = `${mark}\n${isMoodle ? JSON.stringify(moodleRequest(request, newMarker())) : ''}`;
  let clockSkew: number | null = null;
  let sent = Date.now();
  const onLine = (line: string, from: 'stdout' | 'stderr'): void => {
    const match = from === 'stdout' ? /^clock (\d{1,12}\.\d{1,12})$/.exec(line) : null;
    // The node's clock is its first word.
    if (match && clockSkew === null) clockSkew = certainSkew(Number(match[1]), sent / 1000, Date.now() / 1000);
  };
  const paths = request.paths.filter((path) => path.startsWith('/') && !/[\n|]/.test(path));
  const again = (): void => {
    sent = Date.now();
    clockSkew = null;
  };
  // Asked for where a service of ours may run: it takes two transient units.
  const guard = paths.length > 0 && node.roles.includes('cache') ? ['guard'] : [];
  const asked = {
    token: isMoodle ? request.webToken : null,
    args: [isMoodle ? 'moodle' : 'bare', ...guard, ...paths],
    stdin,
  };
  const result = await bootstrap(executor, toolkit, asked, { timeoutMs: SURVEY_TIMEOUT_MS, maxBytes: OUTPUT.survey, onLine }, again);
  const parts = sections(result.stdout, mark);
  if (result.code === 0 && parts['end'] === undefined) throw answerInvalid({ node: node.name, what: 'survey' }, ['it did not complete']);
  if (result.code !== 0) {
    throw new WizardError('platform-refused', `${node.name} could not be surveyed: the script ended with code ${result.code}.`, {
      nodes: [node.name],
      evidence: lastLines(result.stderr),
      remedies: [remedy`A node must be Linux with coreutils, awk and /proc.`],
    });
  }
  return nodeFacts(node.name, parts, clockSkew ?? 0, { dirroot: request.dirroot, paths, services: request.services.map((s) => s.service) });
}

/** The part of a difference of clocks that the way there and back cannot explain: seconds, 0 when the clocks may agree. */
export function certainSkew(there: number, sent: number, received: number): number {
  if (there < sent) return there - sent;
  return there > received ? there - received : 0;
}

function moodleRequest(request: SurveyRequest, marker: string): Readonly<Record<string, unknown>> {
  return {
    marker,
    dirroot: request.dirroot,
    webUser: request.webUser ?? null,
    services: request.services,
    hmacKey: request.hmacKey,
    webToken: request.webToken,
  };
}

/** What was asked of a node: it answers for nothing else. */
export interface Asked {
  readonly dirroot: string;
  readonly paths: readonly string[];
  readonly services: readonly string[];
}

const MOST_SECTION_CHARS = 1_000_000;
const MOST_SECTION_LINES = 20_000;

function lineCount(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Facts of a node from the sections that survey.sh printed. Pure. @throws WizardError `answer-invalid` naming the section or field */
export function nodeFacts(node: string, parts: Readonly<Record<string, string>>, clockSkew: number, asked: Asked): NodeFacts {
  const section = (name: string): string => {
    const text = parts[name] ?? '';
    if (text.length > MOST_SECTION_CHARS || lineCount(text) > MOST_SECTION_LINES) {
      throw answerInvalid({ node, what: 'survey' }, [
        `section ${name}: has ${text.length} characters in ${lineCount(text)} lines, at most ${MOST_SECTION_CHARS} in ${MOST_SECTION_LINES} are read`,
      ]);
    }
    return text;
  };
  const { kernel, ...system } = parseSystem(section('system'));
  const os = parseOsRelease(section('os-release'));
  const moodle = parts['moodle-node'] === undefined ? {} : parseMoodle(node, parts['moodle-node'], asked);
  const paths = parsePaths(section('paths'));
  return {
    node,
    os: kernel === 'Linux' || kernel === '' ? os : { ...os, id: kernel.toLowerCase(), family: 'other' },
    ...system,
    clockSkew: Math.round(clockSkew * 1000) / 1000,
    addresses: parseAddresses(section('addresses')).slice(0, 1000),
    firewall: plainText(section('firewall').trim(), 100) || null,
    ...(parts['guard'] === undefined ? {} : { guard: parseGuard(section('guard')) }),
    listeners: [...parseListeners(section('listeners')), ...parseUnixListeners(section('unix-listeners'))],
    units: parseUnits(section('units'), section('unit-files')),
    packages: parsePackages(section('packages')),
    paths: Object.fromEntries(asked.paths.flatMap((path) => (paths[path] ? [[path, paths[path]]] : []))),
    pools: moodle.pools ?? [],
    sitePool: moodle.sitePool ?? null,
    ...(moodle.sitePools === undefined ? {} : { sitePools: moodle.sitePools }),
    phpBinary: moodle.phpBinary ?? null,
    ...(moodle.phpAlone ? { phpAlone: moodle.phpAlone } : {}),
    ...(moodle.webUser ? { webUser: moodle.webUser } : {}),
    ...(moodle.webUserRefused ? { webUserRefused: moodle.webUserRefused } : {}),
    otherSites: moodle.otherSites ?? [],
    ...(moodle.clones && moodle.clones.length > 0 ? { clones: moodle.clones } : {}),
    ...(moodle.mucStamp ? { mucStamp: moodle.mucStamp } : {}),
    ...(moodle.notes && moodle.notes.length > 0 ? { notes: moodle.notes } : {}),
    moodle: moodle.moodle ?? null,
    ...(moodle.moodleError === undefined ? {} : { moodleError: moodle.moodleError }),
    reach: (moodle.reach ?? []).filter((r) => asked.services.includes(r.service)),
  };
}

/** The last line that is JSON: a PHP that talks at start-up may have said something before. @throws WizardError `answer-invalid` */
export function parseMoodle(node: string, text: string, asked: Pick<Asked, 'dirroot'>): MoodleAnswer {
  const at = text.startsWith('{') && !text.includes('\n{') ? 0 : text.lastIndexOf('\n{') + 1;
  const [line = ''] = text[at] === '{' ? text.slice(at).split('\n', 1) : [];
  const answer = readMoodleAnswer(node, line, asked.dirroot);
  if (answer !== null) return answer;
  return { moodleError: `The survey of Moodle returned no readable answer: ${plainText(text.slice(-400).trim(), 400).slice(-300) || 'no output'}` };
}

/** All nodes at once. Problems of all nodes are reported together. @throws WizardError of the first node, with the others in it */
export async function surveyCluster(executors: ReadonlyMap<string, Executor>, request: SurveyRequest, emit: Emit): Promise<Record<string, NodeFacts>> {
  const toolkit = readToolkit(request.templatesDir);
  const facts: Record<string, NodeFacts> = {};
  const problems = new Map<string, WizardError>();
  await Promise.all(
    [...executors].map(async ([node, executor]) => {
      emit({ type: 'survey', node, state: 'begin' });
      try {
        facts[node] = await surveyNode(executor, request, toolkit);
        emit({ type: 'survey', node, state: 'done', detail: facts[node].os.name });
      } catch (thrown) {
        const error = asWizardError(thrown);
        problems.set(node, error);
        emit({ type: 'survey', node, state: 'failed', detail: error.message });
      }
    }),
  );
  // In the cluster's order, not in the order of their replies.
  if (problems.size > 0) throw combineErrors([...executors.keys()].flatMap((node) => problems.get(node) ?? []));
  return Object.fromEntries([...executors.keys()].flatMap((node) => (facts[node] ? [[node, facts[node]]] : [])));
}
