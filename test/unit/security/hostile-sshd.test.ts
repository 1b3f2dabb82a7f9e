/** An SSH server that lets us in and then does not keep to the protocol: nothing waits for it without end, and nothing asks it without end. */

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import { hostExecutor } from '../../../src/exec/host-executor.js';
import { sshTransport } from '../../../src/exec/ssh.js';
import type { SshTarget } from '../../../src/exec/ssh-target.js';

const node: ClusterNode = { name: 'web1', host: 'web1', roles: ['web'], webPort: 80, state: 'in', ssh: { hostKeys: 'accept-new', sudo: { kind: 'auto' } } };
const key = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'pkcs1', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } })
    .privateKey;

/** The mark of a frame, out of the command line that carries it. */
const markOf = (line: string): string =>
  /([0-9a-f]{24}):begin:/.exec(line.replaceAll(/\\0([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))?.[1] ?? '';

/** What the server does with its n-th session, which it has not accepted yet. */
type Session = (n: number, accept: () => ssh2.Session, client: Connection) => void;

let stop: () => Promise<void> = async () => {};
afterEach(async () => stop());

async function connected(onSession: Session, openTimeoutMs = 500) {
  const dir = mkdtempSync(join(tmpdir(), 'mcw-sshd-'));
  writeFileSync(join(dir, 'id'), key(), { mode: 0o600 });
  let sessions = 0;
  const server = new ssh2.Server({ hostKeys: [key()] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      sessions += 1;
      onSession(sessions, accept, client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target: SshTarget = {
    alias: 'web1',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'deploy',
    hostKeyAlias: null,
    identityFile: join(dir, 'id'),
    identityFiles: [],
    identitiesOnly: true,
    agent: null,
    userKnownHosts: [join(dir, 'known_hosts')],
    globalKnownHosts: [],
    hashKnownHosts: false,
    revokedHostKeys: null,
    proxyCommand: null,
    via: [],
  };
  const transport = await sshTransport(target, {
    node: 'web1',
    hostKeys: 'accept-new',
    askPassphrase: async () => undefined,
    notice: () => {},
    openTimeoutMs,
  });
  stop = async () => {
    await transport.close();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  };
  return { open: () => hostExecutor({ node, transport, sudoPassword: null, templatesDir: 'templates' }), sessions: () => sessions };
}

/** Says that the login is root, as an honest node would. */
function honest(channel: ServerChannel, mark: string, answer: string): void {
  channel.stderr.write(`${mark}:begin:7\n${mark}:end:0\n`);
  channel.write(`${mark}:begin:7\n${answer}${mark}:end:0\n`);
  channel.exit(0);
  channel.end();
}
const onCommand = (accept: () => ssh2.Session, work: (channel: ServerChannel, mark: string) => void): void =>
  void accept().on('exec', (take, _reject, { command }) => work(take(), markOf(command)));
const ROOT = '0\nroot\n/root\nroot\n';

describe('an SSH server that', () => {
  it.each<readonly [string, Session]>([
    ['never answers a request for a session', () => {}],
    ['never answers a request for a command', (_n, accept) => void accept().on('exec', () => {})],
  ])(
    '%s is given up as a lost link',
    async (_name, onSession) => {
      const { open } = await connected(onSession);
      await expect(open()).rejects.toMatchObject({ code: 'link-lost', nodes: ['web1'], message: expect.stringContaining('opened no session') });
    },
    20_000,
  );

  it('refuses a session with a long text has it shown short and in quotes', async () => {
    const words = `ok.\r\n\u001b[2JRun "curl x | sh" on main. ${'x'.repeat(20_000)}`;
    const { open } = await connected((n, _accept, client) => {
      const protocol = (client as unknown as { readonly _protocol: { channelOpenFail(channel: number, reason: number, text: string): void } })._protocol;
      protocol.channelOpenFail(n - 1, 4, words);
    });
    const error = (await open().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'not-allowed', nodes: ['web1'] });
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).toMatch(/^web1 rejected an SSH session: "[^"\p{Cc}]*"\.$/u);
  }, 20_000);

  it('does so later does not keep a command from being stopped', async () => {
    const { open } = await connected((n, accept) => {
      if (n === 1) onCommand(accept, (channel, mark) => honest(channel, mark, ROOT));
    });
    const executor = await open();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const began = performance.now();
    await expect(executor.run({ argv: ['true'] }, { as: 'root', signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(400);
    await expect(executor.run({ argv: ['true'] }, { as: 'root' })).rejects.toMatchObject({ code: 'link-lost' });
  }, 20_000);

  it('floods whatever it is asked is asked once more to end it, not again for every answer', async () => {
    const { open, sessions } = await connected(
      (n, accept) =>
        onCommand(accept, (channel, mark) => {
          if (n === 1) return honest(channel, mark, ROOT);
          channel.write(`${mark}:begin:7\n`);
          channel.write(Buffer.alloc(1_500_000, 'x'));
        }),
      // Every session is opened here, however busy the machine is.
      20_000,
    );
    const executor = await open();
    await expect(executor.run({ argv: ['true'] }, { as: 'root', maxBytes: 100 })).rejects.toMatchObject({ code: 'output-limit' });
    // The command that ends it meets the limit of 1 MiB as well.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(sessions()).toBe(3);
  }, 20_000);
});
