import { describe, expect, it } from 'vitest';
import { parseHop, resolveTarget, splitPaths } from '../../../src/exec/ssh-target.js';

const BASE = [
  'user alice',
  'port 22',
  'identityfile ~/.ssh/id_ed25519',
  'identityfile ~/.ssh/id_%h',
  'globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
  'userknownhostsfile /home/a/.ssh/known_hosts ~/.ssh/kh2',
];

/** `ssh -G` of a world: host -> lines. */
function world(hosts: Readonly<Record<string, readonly string[]>>, env: Record<string, string> = {}) {
  const asked: string[][] = [];
  return {
    asked,
    resolve: {
      home: '/home/a',
      env,
      sshG: async (args: readonly string[]) => {
        asked.push([...args]);
        const host = args.at(-1) ?? '';
        return [...BASE.filter((l) => !(hosts[host] ?? []).some((o) => o.split(' ')[0] === l.split(' ')[0])), `hostname ${host}`, ...(hosts[host] ?? [])].join(
          '\n',
        );
      },
    },
  };
}

describe('where to log in', () => {
  it('takes what OpenSSH says, and the answers first', async () => {
    const { resolve, asked } = world(
      { web1: ['hostname 10.0.0.21', 'port 2200', 'identitiesonly yes', 'hashknownhosts yes', 'hostkeyalias web-one'] },
      { SSH_AUTH_SOCK: '/run/agent' },
    );
    const plain = await resolveTarget('web1', {}, resolve);
    // The first `hostname` line counts as OpenSSH prints only one.
    expect(plain).toMatchObject({
      alias: 'web1',
      user: 'alice',
      port: 2200,
      identitiesOnly: true,
      hashKnownHosts: true,
      hostKeyAlias: 'web-one',
      agent: '/run/agent',
      via: [],
      proxyCommand: null,
    });
    expect(plain.identityFiles).toContain('/home/a/.ssh/id_ed25519');
    expect(plain.userKnownHosts).toEqual(['/home/a/.ssh/known_hosts', '/home/a/.ssh/kh2']);
    const overruled = await resolveTarget('web1', { user: 'deploy', port: 2222, identityFile: '~/keys/k' }, resolve);
    expect(overruled).toMatchObject({ user: 'deploy', port: 2222, identityFile: '/home/a/keys/k' });
    expect(asked.at(-1)).toEqual(['-l', 'deploy', '-p', '2222', '--', 'web1']);
  });

  it('follows a chain of jump hosts, first one first', async () => {
    const { resolve } = world({ db: ['proxyjump bob@j1:2222,j2'], j1: ['proxyjump outer'] });
    const target = await resolveTarget('db', {}, resolve);
    expect(target.via.map((v) => `${v.user}@${v.host}:${v.port}`)).toEqual(['alice@outer:22', 'bob@j1:2222', 'alice@j2:22']);
  });

  it('refuses a host that is reached through itself', async () => {
    const { resolve } = world({ a: ['proxyjump b'], b: ['proxyjump a'] });
    await expect(resolveTarget('a', {}, resolve)).rejects.toMatchObject({ code: 'host-unreachable' });
  });

  it('knows no agent, another agent, and a proxy command', async () => {
    const { resolve } = world(
      { n: ['identityagent none'], o: ['identityagent ~/agent.sock'], v: ['identityagent $MY_SOCK'], p: ['proxycommand nc -X 5 %h %p'] },
      { SSH_AUTH_SOCK: '/s', MY_SOCK: '/m' },
    );
    expect((await resolveTarget('n', {}, resolve)).agent).toBeNull();
    expect((await resolveTarget('o', {}, resolve)).agent).toBe('/home/a/agent.sock');
    expect((await resolveTarget('v', {}, resolve)).agent).toBe('/m');
    expect((await resolveTarget('p', {}, resolve)).proxyCommand).toBe('nc -X 5 p 22');
  });

  it('reads hops and lists of paths', () => {
    expect(parseHop('k@[::1]:33')).toEqual({ host: '::1', user: 'k', port: 33 });
    expect(parseHop('ssh://a@h')).toEqual({ host: 'h', user: 'a', port: undefined });
    expect(splitPaths('/root/a b/kh ~/.ssh/kh2 none')).toEqual(['/root/a b/kh', '~/.ssh/kh2', 'none']);
  });
});
