/** Reaches one node while the answers are still being given, with the very login that the run will use. */

import { toCluster } from '../answers/cluster.js';
import type { Answers, NodeAnswer } from '../answers/schema.js';
import { MOODLE_ROLES } from '../core/cluster.js';
import { asWizardError, WizardError, withDetails } from '../core/errors.js';
import type { WizardEvent } from '../core/events.js';
import type { Secret } from '../core/secret.js';
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

/** What one look tells, a line each: the system; then, of a node that has Moodle, what is missing there. $1: dirroot or nothing; $2: "web" where pages are served. */
const LOOK = `. /etc/os-release; printf '%s\\n' "$PRETTY_NAME"
[ -z "$1" ] || [ -e "$1/config.php" ] || printf 'There is no Moodle at %s\\n' "$1"
[ "$2" != web ] || ! command -v pgrep >/dev/null || pgrep -x 'php-fpm.*|apache2|httpd' >/dev/null || printf 'Neither PHP-FPM nor Apache runs there\\n'`;

function lookAt(node: NodeAnswer, dirroot: string | undefined): readonly string[] {
  const hasMoodle = MOODLE_ROLES.some((role) => node.roles.includes(role));
  return shellArgv(LOOK, 'look', [hasMoodle ? (dirroot ?? '') : '', node.roles.includes('web') ? 'web' : '']);
}

/** A key that was new is added unseen otherwise: the one moment to compare it is now. */
function noteOf(event: WizardEvent): readonly string[] {
  return event.type === 'notice' ? [event.message] : [];
}

/** The trial of nodes for one wizard. */
export function createTryNode(app: App, readFrom: string | null): WizardBackend['tryNode'] {
  const asking = new Map<string, Promise<Secrets>>();

  /** Nodes tried side by side share one look at a source: a `cmd:` may ask the person something. */
  function secretsOf(node: NodeAnswer, login: TrialLogin): Promise<Secrets> {
    const { answers, secret } = answersFor(node, login);
    if (secret === null || login.secrets.has(secret)) return Promise.resolve(Object.fromEntries(login.secrets));
    const key = `${secret} ${answers.secrets?.[secret]}`;
    const look = asking.get(key) ?? app.secrets(answers, readFrom, login.secrets, false).finally(() => asking.delete(key));
    asking.set(key, look);
    return look;
  }

  return async (node, login, signal): Promise<NodeTrial> => {
    try {
      const [target] = toCluster(answersFor(node, login).answers).nodes;
      if (!target) return { ok: false, detail: 'no node' };
      const notes: string[] = [];
      const executor = await app.opener(await secretsOf(node, login), (event) => notes.push(...noteOf(event)))(target);
      try {
        const result = await executor.run({ argv: lookAt(node, login.dirroot) }, { as: 'root', signal });
        const [system = '', ...missing] = result.stdout.trim().split('\n');
        const detail = [`${system}, ${node.host === 'local' ? 'this machine' : 'login and sudo work'}`, ...missing, ...notes].join('. ');
        if (missing.length === 0) return { ok: result.code === 0, detail };
        const remedies = [
          `See to it on ${node.name}, give it other roles, or leave it out. A role "web" says that it serves pages, "cron" that it has Moodle.`,
        ];
        return { ok: false, detail, error: new WizardError('not-a-moodle', `${node.name}: ${missing.join('. ')}`, { nodes: [node.name], remedies }) };
      } finally {
        await executor.close();
      }
    } catch (thrown) {
      const error = asWizardError(thrown);
      // Only the password of all nodes has a question of its own.
      const typed = error.code === 'secret-unavailable' && node.ssh?.sudo === undefined;
      return { ok: false, detail: error.message, error: typed ? withDetails(error, { remedies: ['Or go back and type it.'] }) : error };
    }
  };
}
