/** The survey of nodes: facts in one round trip each, nothing changed. */

import { randomBytes } from 'node:crypto';
import type { Role } from '../core/cluster.js';
import { asWizardError, combineErrors, WizardError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { MoodleNodeFacts, NodeFacts, PhpPool, ReachFacts } from '../core/facts.js';
import { remedy } from '../core/remedy.js';
import type { Executor } from '../exec/executor.js';
import { lastLines } from '../exec/sudo.js';
import { enter, type Kit, readKit } from './kit.js';
import { parseAddresses, parseListeners, parseOsRelease, parsePackages, parsePaths, parseSystem, parseUnits, parseUnixListeners, sections } from './parse.js';

/** A cache service to ask from every Moodle node. The password travels on standard input only. */
export interface SurveyService {
  readonly service: string;
  readonly plugin: string;
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: boolean;
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

/** What moodle-node.php answers: parts of NodeFacts. */
interface MoodleAnswer {
  readonly phpBinary?: string;
  readonly phpAlone?: string | null;
  readonly webUser?: string | null;
  readonly sitePool?: number | null;
  readonly sitePools?: readonly number[];
  readonly otherSites?: readonly string[];
  readonly clones?: readonly string[];
  readonly notes?: readonly string[];
  readonly mucStamp?: string;
  readonly pools?: readonly PhpPool[];
  readonly moodle?: MoodleNodeFacts | null;
  readonly moodleError?: string;
  readonly reach?: readonly ReachFacts[];
}

/**
 * Looks at one node. Also installs the kit where it is missing, and the run's web token.
 * @throws WizardError `link-lost`, `timeout`, `change-failed` (kit), `platform-refused` when the node cannot be read at all
 */
export async function surveyNode(executor: Executor, request: SurveyRequest, kit: Kit = readKit(request.templatesDir)): Promise<NodeFacts> {
  const mark = `mcw-${randomBytes(9).toString('hex')}`;
  const { node } = executor;
  const isMoodle = node.roles.some((role) => MOODLE_ROLES.includes(role));
  const stdin = isMoodle ? JSON.stringify(moodleRequest(request, mark)) : undefined;
  let clockSkew: number | null = null;
  let sent = Date.now();
  const onLine = (line: string, from: 'stdout' | 'stderr'): void => {
    const match = from === 'stdout' ? /^clock (\d+\.\d+)$/.exec(line) : null;
    // The node's clock is its first word.
    if (match && clockSkew === null) clockSkew = certainSkew(Number(match[1]), sent / 1000, Date.now() / 1000);
  };
  const paths = request.paths.filter((path) => path.startsWith('/') && !/[\n|]/.test(path));
  const again = (): void => {
    sent = Date.now();
    clockSkew = null;
  };
  const asked = { token: isMoodle ? request.webToken : null, args: [mark, isMoodle ? 'moodle' : 'bare', ...paths], ...(stdin === undefined ? {} : { stdin }) };
  const result = await enter(executor, kit, asked, { timeoutMs: SURVEY_TIMEOUT_MS, onLine }, again);
  const parts = sections(result.stdout, mark);
  if (result.code !== 0 || parts['end'] === undefined) {
    throw new WizardError('platform-refused', `${node.name} could not be surveyed: the script ended with code ${result.code}.`, {
      nodes: [node.name],
      evidence: lastLines(result.stderr),
      remedies: [remedy`A node must be Linux with coreutils, awk and /proc.`],
    });
  }
  return nodeFacts(node.name, parts, clockSkew ?? 0);
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

/** Facts of a node from the sections that survey.sh printed. Pure. */
export function nodeFacts(node: string, parts: Readonly<Record<string, string>>, clockSkew: number): NodeFacts {
  const section = (name: string): string => parts[name] ?? '';
  const { kernel, ...system } = parseSystem(section('system'));
  const os = parseOsRelease(section('os-release'));
  const moodle = parts['moodle-node'] === undefined ? {} : parseMoodle(section('moodle-node'));
  return {
    node,
    os: kernel === 'Linux' || kernel === '' ? os : { ...os, id: kernel.toLowerCase(), family: 'other' },
    ...system,
    clockSkew: Math.round(clockSkew * 1000) / 1000,
    addresses: parseAddresses(section('addresses')),
    firewall: section('firewall').trim() || null,
    listeners: [...parseListeners(section('listeners')), ...parseUnixListeners(section('unix-listeners'))],
    units: parseUnits(section('units'), section('unit-files')),
    packages: parsePackages(section('packages')),
    paths: parsePaths(section('paths')),
    pools: moodle.pools ?? [],
    sitePool: moodle.sitePool ?? null,
    ...(moodle.sitePools === undefined ? {} : { sitePools: moodle.sitePools }),
    phpBinary: moodle.phpBinary ?? null,
    ...(moodle.phpAlone ? { phpAlone: moodle.phpAlone } : {}),
    ...(moodle.webUser ? { webUser: moodle.webUser } : {}),
    otherSites: moodle.otherSites ?? [],
    ...(moodle.clones && moodle.clones.length > 0 ? { clones: moodle.clones } : {}),
    ...(moodle.mucStamp ? { mucStamp: moodle.mucStamp } : {}),
    ...(moodle.notes && moodle.notes.length > 0 ? { notes: moodle.notes } : {}),
    moodle: moodle.moodle ?? null,
    ...(moodle.moodleError === undefined ? {} : { moodleError: moodle.moodleError }),
    reach: moodle.reach ?? [],
  };
}

/** The last line that is JSON: a PHP that talks at start-up may have said something before. */
export function parseMoodle(text: string): MoodleAnswer {
  for (const line of text.split('\n').reverse()) {
    if (!line.startsWith('{')) continue;
    try {
      return JSON.parse(line) as MoodleAnswer;
    } catch {
      break;
    }
  }
  return { moodleError: `The survey of Moodle gave no answer that can be read: ${text.trim().slice(-300) || 'it said nothing'}` };
}

/** All nodes at once. Troubles of every node are told together. @throws WizardError of the first node, with the others in it */
export async function surveyCluster(executors: ReadonlyMap<string, Executor>, request: SurveyRequest, emit: Emit): Promise<Record<string, NodeFacts>> {
  const kit = readKit(request.templatesDir);
  const facts: Record<string, NodeFacts> = {};
  const troubles = new Map<string, WizardError>();
  await Promise.all(
    [...executors].map(async ([node, executor]) => {
      emit({ type: 'survey', node, state: 'begin' });
      try {
        facts[node] = await surveyNode(executor, request, kit);
        emit({ type: 'survey', node, state: 'done', detail: facts[node].os.name });
      } catch (thrown) {
        const error = asWizardError(thrown);
        troubles.set(node, error);
        emit({ type: 'survey', node, state: 'failed', detail: error.message });
      }
    }),
  );
  // In the cluster's order, whoever answered first.
  if (troubles.size > 0) throw combineErrors([...executors.keys()].flatMap((node) => troubles.get(node) ?? []));
  return Object.fromEntries([...executors.keys()].flatMap((node) => (facts[node] ? [[node, facts[node]]] : [])));
}
