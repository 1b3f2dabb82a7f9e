/** Reaches one node while the answers are still being given, with the very login that the run will use. */

import { toCluster } from '../answers/cluster.js';
import type { Answers, NodeAnswer } from '../answers/schema.js';
import { asWizardError, withDetails } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
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
      const executor = await app.opener(await secretsOf(node, login), () => {})(target);
      try {
        const result = await executor.run({ argv: ['sh', '-c', '. /etc/os-release; printf "%s" "$PRETTY_NAME"'] }, { as: 'root', signal });
        return { ok: result.code === 0, detail: `${result.stdout.trim()}, ${node.host === 'local' ? 'this machine' : 'login and sudo work'}` };
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
