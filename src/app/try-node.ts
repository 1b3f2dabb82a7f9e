/** Tests the connection to one node while the answers are being entered, with the login that the run will use. */

import { once } from 'node:events';
import { toCluster } from '../answers/cluster.js';
import type { Answers, NodeAnswer } from '../answers/schema.js';
import { MOODLE_ROLES } from '../core/cluster.js';
import { asWizardError, WizardError, withDetails } from '../core/errors.js';
import type { WizardEvent } from '../core/events.js';
import { plainText } from '../core/names.js';
import { remedy } from '../core/remedy.js';
import type { Secret } from '../core/secret.js';
import type { Executor } from '../exec/executor.js';
import { shellArgv } from '../exec/shell.js';
import type { NodeTrial, TrialLogin, WizardBackend } from '../ui/wizard-port.js';
import type { App } from './app.js';

type Secrets = Readonly<Record<string, Secret>>;

/** The answers of a cluster of this one node, with the source of the one secret that its login needs. */
function answersFor(node: NodeAnswer, login: TrialLogin): { readonly answers: Answers; readonly secret: string | null } {
  const { ssh, sources } = login;
  const answers = { version: 1, cluster: 'trial', moodle: { dirroot: '/' }, nodes: [{ ...node, roles: ['main'] }], ...(ssh ? { ssh } : {}) } as Answers;
  const sudo = toCluster(answers).nodes[0]?.ssh.sudo;
  if (sudo?.kind !== 'password') return { answers, secret: null };
  const source = sources?.[sudo.secret];
  return { answers: source === undefined ? answers : { ...answers, secrets: { [sudo.secret]: source } }, secret: sudo.secret };
}

/**
 * Prints the system, then one line for each thing that a Moodle node lacks. Root may be denied access to a share: what it cannot see is not missing.
 * $1: dirroot or empty; $2: "web" where pages are served.
 */
export const LOOK = `seen() { ls -- "$1" >/dev/null 2>&1; }
nearest() { there=$1; while [ ! -e "$there" ]; do there=$(dirname -- "$there"); done; }
without() { [ ! -e "$1/config.php" ] && nearest "$1" && seen "$there"; }
. /etc/os-release; printf '%s\\n' "$PRETTY_NAME"
if [ -n "$1" ] && without "$1"; then printf 'No Moodle found at %s\\n' "$1"; fi
if [ "$2" = web ] && command -v pgrep >/dev/null && ! pgrep -x 'php-fpm.*|apache2|httpd' >/dev/null; then echo 'Neither PHP-FPM nor Apache is running'; fi`;

function lookArgv(node: NodeAnswer, dirroot: string | undefined): readonly string[] {
  const hasMoodle = MOODLE_ROLES.some((role) => node.roles.includes(role));
  return shellArgv(LOOK, 'look', [hasMoodle ? (dirroot ?? '') : '', node.roles.includes('web') ? 'web' : '']);
}

/** The executor, unless the test is cancelled first: then it is closed as soon as it is open. */
async function openUnless(opening: Promise<Executor>, signal: AbortSignal): Promise<Executor> {
  const off = new AbortController();
  const aborted = once(signal, 'abort', { signal: off.signal }).then(
    () => null,
    () => null,
  );
  const executor = signal.aborted ? null : await Promise.race([opening, aborted]).finally(() => off.abort());
  if (executor) return executor;
  opening.then((late) => late.close()).catch(() => {});
  throw new WizardError('cancelled', 'Cancelled.');
}

/** The connection test of nodes for one wizard. */
export function createTryNode(app: App, readFrom: string | null): WizardBackend['tryNode'] {
  const asking = new Map<string, Promise<Secrets>>();

  /** Nodes that are tested at the same time share one read of a source: a `cmd:` may ask the person something. */
  function secretsOf(node: NodeAnswer, login: TrialLogin): Promise<Secrets> {
    const { answers, secret } = answersFor(node, login);
    if (secret === null || login.secrets.has(secret)) return Promise.resolve(Object.fromEntries(login.secrets));
    const key = `${secret} ${answers.secrets?.[secret]}`;
    const look = asking.get(key) ?? app.secrets(answers, login.onRecord === true ? null : readFrom, login.secrets, false).finally(() => asking.delete(key));
    asking.set(key, look);
    return look;
  }

  /** A new host key is known after the first test. Its message stays visible in this session, because a person must compare it. */
  const newKeys = new Map<string, readonly string[]>();
  const placeOf = (node: NodeAnswer) => `${node.name} ${node.host}`;
  const notice = (node: NodeAnswer) => (event: WizardEvent) => {
    if (event.type === 'notice') newKeys.set(placeOf(node), [...(newKeys.get(placeOf(node)) ?? []), event.message]);
  };
  const sentence = (node: NodeAnswer, parts: readonly string[]) =>
    [...parts, ...(newKeys.get(placeOf(node)) ?? [])].map((p) => p.replace(/\.$/, '')).join('. ');

  async function tryIt(node: NodeAnswer, login: TrialLogin, signal: AbortSignal): Promise<NodeTrial> {
    const [target] = toCluster(answersFor(node, login).answers).nodes;
    if (!target) return { ok: false, detail: 'no node' };
    const executor = await openUnless(app.opener(await secretsOf(node, login), notice(node), signal)(target), signal);
    try {
      const result = await executor.run({ argv: lookArgv(node, login.dirroot) }, { as: 'root', signal });
      const [system = '', ...missing] = result.stdout
        .slice(0, 10_000)
        .trim()
        .split('\n')
        .slice(0, 10)
        .map((line) => plainText(line, 500));
      const detail = sentence(node, [`${system}, ${node.host === 'local' ? 'this machine' : 'login and sudo work'}`, ...missing]);
      if (missing.length === 0) return { ok: result.code === 0, detail };
      const remedies = [
        remedy`Correct the Moodle folder, change the roles of ${node.name}, or exclude it. Role "web": it serves pages. Role "cron": it runs Moodle's cron.`,
      ];
      return { ok: false, detail, error: new WizardError('not-a-moodle', `${node.name}: ${missing.join('. ')}`, { nodes: [node.name], remedies }) };
    } finally {
      await executor.close();
    }
  }

  return (node, login, signal) =>
    tryIt(node, login, signal).catch((thrown: unknown): NodeTrial => {
      const error = asWizardError(thrown);
      // Only the common sudo password has a question of its own.
      const typed = error.code === 'secret-unavailable' && node.ssh?.sudo === undefined;
      return {
        ok: false,
        detail: sentence(node, [error.message]),
        error: typed ? withDetails(error, { remedies: [remedy`Or go back and enter the password.`] }) : error,
      };
    });
}
