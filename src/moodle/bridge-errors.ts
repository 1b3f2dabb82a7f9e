/** What the bridge's own codes mean to the administrator. */

import { type ErrorCode, WizardError } from '../core/errors.js';
import { plainText } from '../core/names.js';
import { type Remedy, remedy } from '../core/remedy.js';
import { lastLines } from '../exec/sudo.js';
import type { BridgeAnswer, BridgeOp } from './bridge-text.js';

type Failure = Extract<BridgeAnswer, { ok: false }>['error'];

interface Meaning {
  readonly code: ErrorCode;
  readonly remedies: readonly Remedy[];
}

const LOOK_AT_LOG = remedy`Check the PHP and web server logs of this node, fix the cause, and run the same command again. Nothing has been written.`;

/** One row a code; a code that is missing here means what `FALLBACK` says of its operation. */
const MEANING: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    'not-a-moodle': { code: 'not-a-moodle', remedies: [remedy`Set moodle.dirroot in the answers to the folder that holds config.php.`] },
    'cache-factory': {
      code: 'cache-factory',
      remedies: [remedy`Configure the caches in that plugin (tool_forcedcache), or remove the setting from config.php on every node.`],
    },
    'muc-corrupt': {
      code: 'muc-corrupt',
      remedies: [remedy`Restore a good copy: moodle-cluster-wizard repair --yes. Or restore a backup of muc/config.php.`],
    },
    'muc-missing': {
      code: 'muc-corrupt',
      remedies: [remedy`Restore a good copy: moodle-cluster-wizard repair --yes. Or open any page of the site once: Moodle then creates a default one.`],
    },
    'not-a-file': { code: 'muc-corrupt', remedies: [remedy`Replace the link with a regular file: the wizard follows no links.`] },
    'too-large': { code: 'muc-corrupt', remedies: [remedy`Restore a good copy: moodle-cluster-wizard repair --yes. Or restore a backup of muc/config.php.`] },
    'muc-moved': { code: 'muc-moved', remedies: [remedy`Find out what changed the cache configuration, then make a new plan.`] },
    'muc-overtaken': { code: 'muc-moved', remedies: [remedy`Close Moodle's cache administration page everywhere, then make a new plan.`] },
    'moved-while-read': { code: 'muc-moved', remedies: [remedy`Run the same command again.`] },
    'muc-lock-stale': {
      code: 'muc-lock-stale',
      remedies: [remedy`When no Moodle process is writing (no upgrade, no purge, no open cache page), delete that lock file as the web user.`],
    },
    'lock-held': { code: 'lock-held', remedies: [remedy`Wait for that run, or end it: moodle-cluster-wizard status, then unlock.`] },
    'store-unavailable': { code: 'store-unavailable', remedies: [remedy`Install what the store plugin needs on this node (step 3), then run again.`] },
    'mapping-unsuitable': {
      code: 'mapping-unsuitable',
      remedies: [remedy`Choose another store for it in step 5, or remove the mapping so that its mode decides.`],
    },
    'secret-unavailable': { code: 'secret-unavailable', remedies: [remedy`Add its source under "secrets:" in the answers.`] },
    collateral: {
      code: 'change-failed',
      remedies: [remedy`Reinstall the named plugins on this node, or finish the pending upgrade: Moodle then keeps their caches.`],
    },
    'edit-refused': { code: 'change-failed', remedies: [remedy`Correct the stores or mappings in the answers and make a new plan.`] },
    unwritable: { code: 'change-failed', remedies: [remedy`Give the web user write access there: Moodle itself needs it too.`] },
    unreadable: { code: 'not-allowed', remedies: [remedy`Give the web user read access there.`] },
    'socket-missing': { code: 'service-unreachable', remedies: [remedy`Start PHP-FPM, or correct "listen" of the pool.`] },
    'socket-refused': { code: 'service-unreachable', remedies: [remedy`Start PHP-FPM, or correct "listen" of the pool.`] },
    'socket-permission': { code: 'not-allowed', remedies: [remedy`Allow root to connect to the socket: SELinux or AppArmor may forbid it.`] },
    'allowed-clients': {
      code: 'platform-refused',
      remedies: [remedy`Add 127.0.0.1 to listen.allowed_clients of the pool, or check its log for a crashing worker.`],
    },
    'open-basedir': { code: 'platform-refused', remedies: [remedy`Add /var/lib/moodle-cluster-wizard/ to open_basedir of the pool.`] },
    'limit-extensions': { code: 'platform-refused', remedies: [remedy`Add .php to security.limit_extensions of the pool.`] },
    'script-unknown': {
      code: 'platform-refused',
      remedies: [
        remedy`Run Moodle in a pool without chroot: a pool with chroot cannot be checked from outside. Or let the user of the pool enter /var/lib/moodle-cluster-wizard.`,
      ],
    },
    'probe-token': {
      code: 'outcome-unknown',
      remedies: [remedy`The token file of this run in /var/lib/moodle-cluster-wizard/run is missing or not its own. Start the run again.`],
    },
    'web-flood': { code: 'output-limit', remedies: [remedy`Check the code and the log of the site on this node: its PHP prints without end.`] },
    timeout: { code: 'timeout', remedies: [remedy`Wait until the pool has free workers, then run again.`] },
    // Whether it is one only its log can show: a node can say anything.
    'runs-as-root': { code: 'answer-invalid', remedies: [remedy`Please report it with the log of this run.`] },
    bug: { code: 'answer-invalid', remedies: [remedy`Please report it with the log of this run.`] },
  }),
);

/** What an unexpected failure of an operation means. */
const FALLBACK: Readonly<Record<BridgeOp, ErrorCode>> = {
  config: 'not-a-moodle',
  inspect: 'platform-refused',
  stage: 'change-failed',
  'read-muc': 'change-failed',
  publish: 'change-failed',
  lock: 'change-failed',
  unlock: 'change-failed',
  'lock-holder': 'change-failed',
  prove: 'verify-failed',
  empty: 'change-failed',
  converge: 'verify-failed',
  reach: 'service-unreachable',
  sapi: 'platform-refused',
  runtime: 'platform-refused',
  usage: 'platform-refused',
  pages: 'verify-failed',
  'trial-begin': 'change-failed',
  'trial-turn': 'change-failed',
  'trial-mark': 'change-failed',
  'trial-clear': 'change-failed',
};

/** Lists in the details that are evidence: what the collateral guard found, who holds the lock. */
function evidenceOf(failure: Failure): readonly string[] {
  const found = failure.details['found'];
  const list = Array.isArray(found) ? found.slice(0, 50).map((item) => plainText(String(typeof item === 'object' ? typeof item : item), 500)) : [];
  const at = failure.details['at'];
  return typeof at === 'string' ? [...list, plainText(`${failure.code} at ${at}`, 300)] : list;
}

/** The error to throw for an answer that is not ok. */
export function bridgeError(failure: Failure, op: BridgeOp, node: string): WizardError {
  const meaning = MEANING.get(failure.code);
  return new WizardError(meaning?.code ?? FALLBACK[op], `${node}: ${failure.message}`, {
    nodes: [node],
    remedies: meaning?.remedies ?? [LOOK_AT_LOG],
    evidence: evidenceOf(failure),
  });
}

/** The error to throw when a call gave no answer at all: PHP is missing, was killed, or cannot read the node toolkit. */
export function silentError(op: BridgeOp, node: string, result: { readonly code: number; readonly stdout: string; readonly stderr: string }): WizardError {
  const evidence = [...lastLines(result.stderr), ...lastLines(result.stdout)].slice(-6).map((l) => plainText(l.trim(), 1000));
  const why = result.code === 127 ? 'PHP was not found' : `PHP ended with code ${result.code}`;
  return new WizardError(FALLBACK[op], `${node}: Moodle gave no answer to "${op}": ${why}.`, { nodes: [node], remedies: [LOOK_AT_LOG], evidence });
}
