/** Opens a node's executor: local or over SSH, logged, secrets masked. */

import type { ClusterNode } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import type { Redactor, Secret } from '../core/secret.js';
import type { Executor, OpenExecutor } from './executor.js';
import { hostExecutor } from './host-executor.js';
import { DEFAULT_CONCURRENCY, gated, HostGate } from './host-gate.js';
import { localTransport } from './local.js';
import { type LogRecord, logged } from './logged.js';
import { quote } from './shell.js';
import type { AskPassphrase } from './ssh-auth.js';
import { resolveTarget } from './ssh-target.js';
import type { Transport } from './transport.js';

export interface OpenOptions {
  /** The folder `templates/` of this package. */
  readonly templatesDir: string;
  /** Home of the person who runs the wizard. */
  readonly home: string;
  /** The wizard's own environment: HOME, USER, LOGNAME and SSH_AUTH_SOCK are used, nothing else passes on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly redactor: Redactor;
  /** @throws WizardError `secret-unavailable` */
  readonly secret: (name: string) => Promise<Secret> | Secret;
  /** Asks for the passphrase of an encrypted key file; absent in unattended runs. */
  readonly askPassphrase?: AskPassphrase;
  readonly log?: (record: LogRecord) => void;
  /** A host key was added, for the log and the screen. */
  readonly notice?: (node: string, message: string) => void;
  /** Stops connecting. */
  readonly signal?: AbortSignal;
  /** Hosts to work on at the same time; default `DEFAULT_CONCURRENCY`. */
  readonly concurrency?: number;
  /** Another file than ~/.ssh/config (`ssh -F`). */
  readonly sshConfig?: string;
}

/** Opens nodes for one run. See `OpenExecutor` for the errors. */
export function executorOpener(options: OpenOptions): OpenExecutor {
  const gate = new HostGate(options.concurrency ?? DEFAULT_CONCURRENCY);
  return async (node) => gated(await gate.run(node.name, () => openExecutor(node, options)), gate);
}

/** @throws WizardError `host-unreachable`, `host-key-*`, `login-refused`, `sudo-refused`, `not-allowed`, `secret-unavailable` */
export async function openExecutor(node: ClusterNode, options: OpenOptions): Promise<Executor> {
  const { sudo } = node.ssh;
  const sudoPassword = sudo.kind === 'password' ? await options.secret(sudo.secret) : null;
  if (sudoPassword) options.redactor.add(sudoPassword.reveal());
  const transport = node.host === 'local' ? localTransport(options.env) : await overSsh(node, options);
  try {
    const executor = await hostExecutor({ node, transport, sudoPassword, templatesDir: options.templatesDir });
    return logged(executor, options.redactor, options.log ?? (() => {}));
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function overSsh(node: ClusterNode, options: OpenOptions): Promise<Transport> {
  const target = await resolveTarget(node.host, node.ssh, { home: options.home, env: options.env, sshG: (args) => sshG(node, args, options) });
  const { sshTransport } = await import('./ssh.js');
  return sshTransport(target, {
    node: node.name,
    hostKeys: node.ssh.hostKeys,
    askPassphrase: options.askPassphrase ?? (async () => undefined),
    notice: (message) => options.notice?.(node.name, message),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

/** OpenSSH's own reading of its configuration. */
async function sshG(node: ClusterNode, args: readonly string[], options: OpenOptions): Promise<string> {
  const { $ } = await import('zx/core');
  const config = options.sshConfig === undefined ? [] : ['-F', options.sshConfig];
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: options.home,
    LC_ALL: 'C',
    ...(options.env['USER'] === undefined ? {} : { USER: options.env['USER'] }),
  };
  const out = await $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    quote,
    env,
    verbose: false,
    quiet: true,
    nothrow: true,
    // A session of its own: what the configuration runs (`Match exec`) reaches no terminal.
    detached: true,
    input: '',
    timeout: '10s',
  })`ssh ${config} -G ${args}`;
  if (out.exitCode === 0) return out.stdout;
  throw new WizardError('host-unreachable', `Cannot reach ${node.name}: ssh rejected the host "${node.host}" or its own configuration.`, {
    nodes: [node.name],
    evidence: out.stderr.trim().split('\n').slice(-5),
    remedies: [
      out.exitCode === 127
        ? remedy`Install the OpenSSH client on this machine (openssh-client or openssh-clients).`
        : remedy`Show the error of ssh: ${sh`ssh -G ${node.host}`}`,
    ],
  });
}
