/** What the bridge's own codes mean to the administrator. */

import { type ErrorCode, WizardError } from '../core/errors.js';
import { plainText } from '../core/names.js';
import { type Remedy, remedy } from '../core/remedy.js';
import { lastLines } from '../exec/sudo.js';
import type { BridgeAnswer, BridgeOp } from './bridge-text.js';

type Trouble = Extract<BridgeAnswer, { ok: false }>['error'];

interface Meaning {
  readonly code: ErrorCode;
  readonly remedies: readonly Remedy[];
}

const LOOK_AT_LOG = remedy`Look into the PHP and web server logs of this node, mend it, and run the same command again: nothing has been written.`;

/** One row a code; codes that are not here mean what their operation says in `FALLBACK`. */
const MEANING: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    'not-a-moodle': { code: 'not-a-moodle', remedies: [remedy`Set moodle.dirroot in the answers to the folder that holds config.php.`] },
    'cache-factory': {
      code: 'cache-factory',
      remedies: [remedy`Keep the caches in that plugin (tool_forcedcache), or take the setting out of config.php on every node.`],
    },
    'muc-corrupt': {
      code: 'muc-corrupt',
      remedies: [remedy`Put a good copy in its place: moodle-cluster-wizard repair --yes; or a backup of muc/config.php.`],
    },
    'muc-missing': {
      code: 'muc-corrupt',
      remedies: [
        remedy`Put a good copy in its place: moodle-cluster-wizard repair --yes; or open any page of the site once so that Moodle makes a default one.`,
      ],
    },
    'not-a-file': { code: 'muc-corrupt', remedies: [remedy`Put a regular file in the place of the link; the wizard follows none.`] },
    'too-large': { code: 'muc-corrupt', remedies: [remedy`Replace it by a good copy: moodle-cluster-wizard repair --yes; or a backup of muc/config.php.`] },
    'muc-moved': { code: 'muc-moved', remedies: [remedy`Look at what changed the cache configuration, then make a new plan.`] },
    'muc-overtaken': { code: 'muc-moved', remedies: [remedy`Close Moodle's cache administration page everywhere, then make a new plan.`] },
    'moved-while-read': { code: 'muc-moved', remedies: [remedy`Run the same command again.`] },
    'muc-lock-stale': {
      code: 'muc-lock-stale',
      remedies: [remedy`When no Moodle process is writing (no upgrade, no purge, no open cache page), delete that lock file as the web user.`],
    },
    'lock-held': { code: 'lock-held', remedies: [remedy`Wait for that run, or end it: moodle-cluster-wizard status, then unlock.`] },
    'store-unavailable': { code: 'store-unavailable', remedies: [remedy`Install what the store plugin needs on this node (step 3), then run again.`] },
    'mapping-unsuitable': { code: 'mapping-unsuitable', remedies: [remedy`Choose another store for it in step 5, or leave it to its mode.`] },
    'secret-unavailable': { code: 'secret-unavailable', remedies: [remedy`Name its source under secrets: in the answers.`] },
    collateral: {
      code: 'change-failed',
      remedies: [remedy`Put the plugins that are named back on this node, or finish the pending upgrade, so that Moodle keeps their caches.`],
    },
    'edit-refused': { code: 'change-failed', remedies: [remedy`Correct the stores or mappings in the answers and make a new plan.`] },
    unwritable: { code: 'change-failed', remedies: [remedy`Give the web user write access there, as Moodle itself needs it.`] },
    unreadable: { code: 'not-allowed', remedies: [remedy`Give the web user read access there.`] },
    'socket-missing': { code: 'service-unreachable', remedies: [remedy`Start PHP-FPM, or correct the pool's listen.`] },
    'socket-refused': { code: 'service-unreachable', remedies: [remedy`Start PHP-FPM, or correct the pool's listen.`] },
    'socket-permission': { code: 'not-allowed', remedies: [remedy`Let root use the socket (SELinux or AppArmor may forbid it).`] },
    'allowed-clients': {
      code: 'platform-refused',
      remedies: [remedy`Add 127.0.0.1 to listen.allowed_clients of the pool, or look for a crashing worker in its log.`],
    },
    'open-basedir': { code: 'platform-refused', remedies: [remedy`Add /var/lib/moodle-cluster-wizard/ to open_basedir of the pool.`] },
    'limit-extensions': { code: 'platform-refused', remedies: [remedy`Let security.limit_extensions of the pool have .php.`] },
    'script-unknown': {
      code: 'platform-refused',
      remedies: [
        remedy`A pool with chroot cannot be proven from outside; run Moodle in a pool without it, or let the user of the pool enter /var/lib/moodle-cluster-wizard.`,
      ],
    },
    'probe-token': {
      code: 'outcome-unknown',
      remedies: [remedy`The run's token file in /var/lib/moodle-cluster-wizard/run is gone or was made by someone else: start the run again.`],
    },
    'web-flood': { code: 'output-limit', remedies: [remedy`Look into the code and the log of the site on this node: its PHP prints without end.`] },
    timeout: { code: 'timeout', remedies: [remedy`Wait until the pool has free workers, then run again.`] },
    // Whether it is one only its log can show: a node can say anything.
    'runs-as-root': { code: 'answer-invalid', remedies: [remedy`Please report it with the log of this run.`] },
    bug: { code: 'answer-invalid', remedies: [remedy`Please report it with the log of this run.`] },
  }),
);

/** What an unexpected trouble of an operation amounts to. */
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
function evidenceOf(trouble: Trouble): readonly string[] {
  const found = trouble.details['found'];
  const list = Array.isArray(found) ? found.slice(0, 50).map((item) => plainText(String(typeof item === 'object' ? typeof item : item), 500)) : [];
  const at = trouble.details['at'];
  return typeof at === 'string' ? [...list, plainText(`${trouble.code} at ${at}`, 300)] : list;
}

/** The error to throw for an answer that is not ok. */
export function bridgeError(trouble: Trouble, op: BridgeOp, node: string): WizardError {
  const meaning = MEANING.get(trouble.code);
  return new WizardError(meaning?.code ?? FALLBACK[op], `${node}: ${trouble.message}`, {
    nodes: [node],
    remedies: meaning?.remedies ?? [LOOK_AT_LOG],
    evidence: evidenceOf(trouble),
  });
}

/** The error to throw when a call gave no answer at all: PHP is missing, was killed, or cannot read the kit. */
export function silentError(op: BridgeOp, node: string, result: { readonly code: number; readonly stdout: string; readonly stderr: string }): WizardError {
  const evidence = [...lastLines(result.stderr), ...lastLines(result.stdout)].slice(-6).map((l) => plainText(l.trim(), 1000));
  const why = result.code === 127 ? 'PHP was not found' : `PHP ended with code ${result.code}`;
  return new WizardError(FALLBACK[op], `${node}: Moodle gave no answer to "${op}": ${why}.`, { nodes: [node], remedies: [LOOK_AT_LOG], evidence });
}
