/** One way to another user: nothing else in the project changes user, and that way hands over no terminal, environment or open file. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { localSecretIo } from '../../../src/answers/secret-io.js';
import type { ClusterNode, SshSettings } from '../../../src/core/cluster.js';
import { sh as command } from '../../../src/core/remedy.js';
import { type BreakGlassInput, breakGlassScript } from '../../../src/engine/break-glass.js';
import { scriptValue } from '../../../src/engine/script-values.js';
import { pasteAs } from '../../../src/exec/paste-as.js';
import { END_SCRIPT, sudoRefused, wrap } from '../../../src/exec/sudo.js';
import { sharedSudoFindings } from '../../../src/survey/findings.js';
import { writeText } from '../../../src/ui/writer.js';
import { CLUSTER, clusterNode } from '../survey/world.js';

const AS_USER = readFileSync('templates/sh/as-user.sh', 'utf8');
const isRoot = process.getuid?.() === 0;
const dirs: string[] = [];
const temporary = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mcw-become-'));
  dirs.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** Runs sh with a canary in its environment, a session of its own, and these programs only when `only` is given. */
function sh(script: string, options: { readonly input?: string; readonly shell?: string } = {}) {
  const result = spawnSync(options.shell ?? 'sh', ['-c', `user=nobody\n${AS_USER}\n${script}`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', CANARY: 'C4N4RY', HOME: '/root' },
    // Only ends what hangs: a busy machine takes its time for hundreds of processes.
    timeout: 120_000,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

describe('every change of user', () => {
  const files = ['src', 'steps', 'templates'].flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );

  it('goes through templates/sh/as-user.sh, and its text is nowhere a second time', () => {
    const changes = /\b(?:runuser|setpriv)\b|\bsu (?:-s|-c|- )|\bsudo -u\b|\bposix_set(?:e?[ug]id)\b|\bset(?:uid|gid)\(/;
    const found = files.filter((file) => changes.test(readFileSync(file, 'utf8').replaceAll(/^\s*(?:#|\/\/|\*|\/\*).*$/gm, '')));
    expect(found.sort()).toEqual(['src/exec/paste-as.ts', 'templates/sh/as-user.sh']);
  });

  it('of PHP starts run-as.sh', () => {
    expect(readFileSync('templates/survey/lib/ask.php', 'utf8')).toContain("/sh/run-as.sh'");
  });
});

describe('children of the wizard', () => {
  it('are started in sessions of their own, everywhere', () => {
    const found = ['src', 'steps'].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
        if (!/\.tsx?$/.test(name)) return [];
        const source = readFileSync(join(root, name), 'utf8');
        const starts = source.match(/\b(?:spawn|spawnSync|exec|execSync|execFile|execFileSync|fork)\('|\bspawn\(|\$\(\{/g)?.length ?? 0;
        const own = source.match(/detached: true/g)?.length ?? 0;
        return starts === own ? [] : [`${root}/${name}: ${starts} started, ${own} in a session of their own`];
      }),
    );
    expect(found).toEqual([]);
  });

  it('that give a secret reach no terminal, and their words are shown without control characters', async () => {
    const shown: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(String(text)) > 0);
    const io = localSecretIo(null, { PATH: process.env['PATH'], CANARY: 'C4N4RY' }, (text) => writeText('stderr', text));
    const stat = await io.runCommand('cut -d" " -f6,7 /proc/self/stat; env');
    const hostile = await io.runCommand("printf '\\033]0;PWNED\\007wrong\\n' >&2; exit 3");
    write.mockRestore();
    const [session, terminal] = stat.stdout.split('\n')[0]?.split(' ') ?? [];
    expect(session).not.toBe(readFileSync('/proc/self/stat', 'utf8').split(' ')[5]);
    expect(terminal).toBe('0');
    expect(stat.stdout).not.toContain('C4N4RY');
    expect(hostile.code).toBe(3);
    expect(shown.join('')).toBe('wrong\n');
  });
});

describe('one sudo password for several nodes', () => {
  const node = (name: string, ssh: Partial<SshSettings>, host = name): ClusterNode => ({
    ...clusterNode(name, ['web']),
    host,
    ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' }, ...ssh },
  });
  const password = (secret: string): SshSettings['sudo'] => ({ kind: 'password', secret });

  it('is a note that names the secret and the nodes; none where each has its own or needs none', () => {
    const cluster = (...nodes: readonly ClusterNode[]) => ({ ...CLUSTER, nodes: [{ ...clusterNode('main', ['main']), host: 'local' }, ...nodes] });
    const shared = sharedSudoFindings(
      cluster(node('web1', { sudo: password('S') }), node('web2', { sudo: password('S') }), node('web3', { sudo: password('T') })),
    );
    expect(shared).toMatchObject([{ level: 'note', is: 'S is sent to web1, web2' }]);
    expect(sharedSudoFindings(cluster(node('web1', { sudo: password('S') }), node('web2', {}), node('web3', { sudo: password('S'), user: 'root' })))).toEqual(
      [],
    );
  });
});

describe.runIf(isRoot)('the end of a command whose process id the web user has told', () => {
  const MARK = '0123456789abcdef01234567:begin:';
  const end = (pid: string) => spawnSync('sh', ['-c', END_SCRIPT, 'end', pid, MARK], { encoding: 'utf8' }).status;
  /** Starts a group, and gives its leader and the process id that it prints. */
  const group = async (command: string, ...args: readonly string[]) => {
    const leader = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise<boolean>((resolve) => leader.on('exit', () => resolve(true)));
    const told = await new Promise<string>((resolve) => leader.stdout.on('data', (data: Buffer) => resolve(String(data).trim())));
    return { leader, told, ended };
  };

  it('leaves a group alone that the command did not begin, such as that of PHP-FPM', async () => {
    // The leader is root's, as a master of PHP-FPM is; a child of it is the web user's and carries the mark.
    const fpm = await group('sh', '-c', `setpriv --reuid=65534 --clear-groups sh -c 'echo $$; sleep 20; :' 0123456789abcdef01234567":begin:" & exec sleep 20`);
    expect(end(fpm.told)).not.toBe(0);
    expect(await Promise.race([fpm.ended, new Promise((resolve) => setTimeout(resolve, 300, 'runs'))])).toBe('runs');
    process.kill(-(fpm.leader.pid as number), 'SIGKILL');
    // Nor a group whose leader has the mark and is the user's own.
    const own = await group('setpriv', '--reuid=65534', '--clear-groups', 'sh', '-c', 'echo $$; sleep 20; :', MARK);
    expect(end(own.told)).not.toBe(0);
    process.kill(-(own.leader.pid as number), 'SIGKILL');
  });

  it('ends the command itself', async () => {
    const script = `set -- sh -c 'echo $$; sleep 20; :' ${MARK}\nuser=nobody\n${AS_USER}\nfind_user nobody; exec_as_found 30 "$@"`;
    const command = await group('sh', '-c', script);
    expect(end(command.told)).toBe(0);
    expect(await command.ended).toBe(true);
  });
});

describe.runIf(isRoot)('as_user', () => {
  it.each(['dash', 'bash'])('gives no environment, no open file, an own session, and the exit code (%s)', (shell) => {
    const seen = sh(
      'exec 5</etc/passwd 9>/dev/null; as_user sh -c \'env; id -u; ls /proc/self/fd | tr "\\n" :; echo; cut -d" " -f6,7 /proc/self/stat; readlink /proc/self/fd/0; echo err >&2; exit 7\'; echo code $?; cut -d" " -f6 /proc/self/stat',
      { shell },
    );
    const lines = seen.stdout.trim().split('\n');
    expect(seen.stdout).not.toContain('C4N4RY');
    expect(
      lines
        .filter((l) => /^[A-Z_]+=/.test(l))
        .map((l) => l.split('=')[0])
        .sort(),
    ).toEqual(expect.arrayContaining(['HOME', 'LC_ALL', 'PATH']));
    expect(
      lines
        .filter((l) => /^[A-Z_]+=/.test(l))
        .map((l) => l.split('=')[0])
        .filter((n) => !['HOME', 'LC_ALL', 'PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(n ?? '')),
    ).toEqual([]);
    expect(lines).toContain('65534');
    expect(lines).toContain('0:1:2:3:');
    expect(lines).toContain('/dev/null');
    expect(lines).toContain('code 7');
    const sessions = lines.filter((l) => /^\d+( 0)?$/.test(l) && l !== '65534').map((l) => l.split(' ')[0]);
    expect(new Set(sessions).size).toBe(2);
    expect(seen.stderr).toBe('');
  });

  it('closes what was inherited above 9 too', () => {
    const script = `user=nobody\n${AS_USER}\nas_user sh -c 'ls /proc/self/fd | tr "\\n" :'`;
    const seen = spawnSync('bash', ['-c', 'exec 42</etc/shadow 200>/dev/null; exec dash -c "$1"', 'bash', script], { encoding: 'utf8' });
    expect(seen.stdout).toBe('0:1:2:3:');
  });

  // Python where it is there under the name that as-user.sh seeks, and with ctypes.
  const python = spawnSync('/usr/bin/python3', ['-c', 'import ctypes']).status === 0;
  it.each(['perl', ...(python ? ['python3'] : [])])('hands on no key of the session keyring of root (%s)', (language) => {
    const bin = temporary();
    for (const name of ['id', 'tr', 'getent', 'cut', 'setsid', 'timeout', 'env', 'cat', 'head', 'sh', 'uname', 'setpriv', language]) {
      symlinkSync(execFileSync('sh', ['-c', `PATH=/usr/bin:/bin command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    chmodSync(bin, 0o755);
    const number = ({ x64: 250, arm64: 219 } as Record<string, number>)[process.arch];
    if (number === undefined) return;
    // A keyring of its own with a key in it, as pam_keyinit and Kerberos make them; then the web user asks for that key and reads it.
    const read = `$t = "user"; $n = "mcw-canary"; $k = syscall(${number - 1}, $t, $n, 0, 0); $b = "\\0" x 64; $r = syscall(${number}, 11, $k, $b, 64); print $k < 0 ? "no key" : substr($b, 0, $r)`;
    const script = `user=nobody\n${AS_USER}\nAS_PATH=${bin}; as_user /usr/bin/perl -e '${read}'; echo " code $?"`;
    const run = (own: string): string =>
      spawnSync(
        'perl',
        [
          '-e',
          `($t, $n, $v) = ("user", "mcw-canary", "K3YC4N4RY"); syscall(${number}, 1, 0); syscall(${number - 2}, $t, $n, $v, 9, -3) > 0 or exit 9; exec @ARGV`,
          'sh',
          '-c',
          own,
        ],
        { encoding: 'utf8', timeout: 30_000 },
      ).stdout;
    expect(run(`setpriv --reuid=65534 --clear-groups perl -e '${read}'`)).toBe('K3YC4N4RY');
    expect(run(script)).toBe('no key code 0\n');
  });

  it('passes content on purpose only, through a pipe', () => {
    const dir = temporary();
    writeFileSync(join(dir, 'secret'), 'content\n');
    expect(sh(`as_user cat <${dir}/secret`).stdout).toBe('');
    expect(sh(`as_user -i sh -c 'readlink /proc/self/fd/0; cat' <${dir}/secret`).stdout).toMatch(/^pipe:\[\d+\]\ncontent\n$/);
  });

  it('takes at most so many bytes, and does not wait for what a command leaves behind', () => {
    expect(sh('as_user -o 1000 sh -c "yes" | wc -c').stdout.trim()).toBe('1000');
    const started = performance.now();
    const left = sh('as_user -t 1 sh -c "trap \'\' TERM; sleep 100 & sleep 100"; echo code $?');
    expect(left.stdout).toMatch(/code (124|137)/);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('refuses a user that does not exist, before anything is started', () => {
    const refused = sh('user=no-such-user; as_user touch /tmp/never; echo code $?');
    expect(refused.stdout).toBe('code 126\n');
    expect(refused.stderr).toBe('The user no-such-user does not exist on this machine.\n');
  });

  it.each(['runuser', 'su'])('keeps all of that where there is only %s', (tool) => {
    const bin = temporary();
    for (const name of ['id', 'tr', 'getent', 'cut', 'setsid', 'timeout', 'env', 'cat', 'head', 'sh', tool]) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    chmodSync(bin, 0o755);
    const seen = sh(`AS_PATH=${bin}; as_user /bin/sh -c '/usr/bin/env; /usr/bin/id -u; /usr/bin/cut -d" " -f7 /proc/self/stat; exit 7'; echo code $?`);
    expect(seen.stdout).toContain('65534\n0\ncode 7\n');
    expect(seen.stdout).not.toContain('C4N4RY');
  });

  it('refuses where nothing can change user, or no session can be begun', () => {
    const bin = temporary();
    for (const name of ['id', 'tr', 'getent', 'cut', 'timeout', 'env']) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    expect(sh(`AS_PATH=${bin}; as_user true; echo code $?`).stderr).toContain('setsid is missing');
    symlinkSync('/usr/bin/setsid', join(bin, 'setsid'));
    const none = sh(`AS_PATH=${bin}; as_user true; echo code $?`);
    expect(none.stderr).toContain('setpriv, runuser and su are missing');
    expect(none.stdout).toBe('code 126\n');
  });

  it('works with a setpriv of util-linux 2.23, which knows numbers only and no --init-groups', () => {
    const bin = temporary();
    const old = `#!/bin/sh
case " $* " in *" --help "*) echo '--reuid <uid> --regid <gid> --groups <group,...> --inh-caps <caps,...>'; exit ;; esac
for a in "$@"; do case $a in --) break ;; --reuid=[0-9]*|--regid=[0-9]*|--groups=[0-9]*|--inh-caps=*) ;; --*) echo "unknown $a" >&2; exit 1 ;; esac; done
exec /usr/bin/setpriv "$@"
`;
    writeFileSync(join(bin, 'setpriv'), old);
    chmodSync(join(bin, 'setpriv'), 0o755);
    chmodSync(bin, 0o755);
    expect(sh(`AS_PATH=${bin}:$AS_PATH; as_user id -u; echo code $?`).stdout).toBe('65534\ncode 0\n');
  });
});

describe('what is printed or written for root', () => {
  it('commands to paste begin a session before they change user, read nothing and show control characters', () => {
    const { text } = pasteAs("it's", command`php ${'/d/a b.php'} ${';id'}`);
    expect(text).toMatch(/^sudo env -i PATH=\S+ HOME=\/ LC_ALL=C setsid runuser -u it\\'s -- php \/d\/a\\ b\.php \\;id <\/dev\/null 2>&1 \| cat -v$/);
  });

  it('sudoers files are checked, 0440, and one for each purpose', () => {
    const remedies = ['not in the sudoers file', 'you must have a tty'].flatMap((words) => sudoRefused('web1', 'jo.doe', words).remedies);
    expect(remedies).toHaveLength(2);
    for (const remedy of remedies) expect(remedy).toMatch(/visudo -cf "\$f" && sudo install -o root -g root -m 0440 "\$f" \/etc\/sudoers\.d\/[A-Za-z0-9_-]+;/);
    expect(new Set(remedies.map((r) => /sudoers\.d\/(\S+);/.exec(r)?.[1])).size).toBe(2);
  });

  it.each(['ALL', 'a b', 'x;id', '%wheel', 'a\u001b[2J'])('no sudoers line is made of a login named %j', (user) => {
    expect(sudoRefused('web1', user, 'not in the sudoers file').remedies.join(' ')).not.toContain('NOPASSWD');
  });

  it('the change of user of a remote command carries no comment and stays short', () => {
    const script = wrap({ user: 'root', uid: 0, home: '/root', elevation: 'root' }, { user: 'www-data' }, 'true', {
      env: {},
      timeoutMs: 1000,
      asUser: AS_USER,
    });
    expect(script).not.toMatch(/^\s*# /m);
    expect(script.length).toBeLessThan(6000);
  });
});

const INPUT: BreakGlassInput = {
  node: 'main',
  site: '459bd77a00a81a70',
  run: '20260101-120000-abcd',
  muc: '/data/muc/config.php',
  sha256: 'a'.repeat(64),
  mode: '0660',
  user: 'www-data',
  unit: 'php8.2-fpm.service',
  dirroot: '/var/www/moodle',
  cachedir: '/data/cache',
  php: '/usr/bin/php8.2',
};

describe('break-glass.sh', () => {
  it('is one script that stands alone and that sh accepts', () => {
    const script = breakGlassScript('templates', INPUT);
    expect(script).toContain('exec_as_found()');
    expect(script).not.toContain('@@');
    expect(spawnSync('dash', ['-n'], { input: script }).status).toBe(0);
    expect(script).not.toMatch(/\bcp \$image|By hand: cp/);
  });

  it.each([
    ['user', '-x'],
    ['user', 'a b'],
    ['user', "x';id;'"],
    ['mode', '660;id'],
    ['mode', 'u+s'],
    ['muc', 'relative/config.php'],
    ['muc', '/data/../etc/passwd'],
    ['muc', '/data/\u001b]0;x\u0007'],
    ['php', '../php'],
    ['php', '/tmp/a\nid'],
    ['unit', 'php.service; id'],
    ['run', 'x\nid'],
    ['site', '../../etc'],
    ['sha256', ''],
  ] as const)('is not written with %s = %j', (name, value) => {
    expect(() => breakGlassScript('templates', { ...INPUT, [name]: value })).toThrow('cannot be used in a root script');
  });

  it('accepts what sites really have', () => {
    for (const user of ['www-data', 'apache', 'moodle_01', 'svc.web@example.org', 'web$']) expect(scriptValue('n', 'user', user, 'user')).toBe(user);
    for (const unit of ['php8.2-fpm.service', 'php-fpm@site.service', 'apache2.service']) expect(scriptValue('n', 'unit', unit, 'unit')).toBe(unit);
    expect(scriptValue('n', 'path', '/srv/größe/my moodle', 'path')).toBe('/srv/größe/my moodle');
  });
});

describe.runIf(isRoot)('a trial whose node had no file before', () => {
  it('is not restored while its folder is unreachable, and is when the file is gone', () => {
    const dir = temporary();
    chmodSync(dir, 0o755);
    const data = join(dir, 'data');
    mkdirSync(data);
    chmodSync(data, 0o777);
    const run = (muc: string) =>
      sh(
        `here=${dir} kit=templates before='' ours='' mode=0660 muc=${muc} lock=${dir}/no/lock marks=${data}/m\n. templates/trial/lib.sh\nlive_hash; restore; echo code $?`,
      ).stdout;
    expect(run(`${data}/config.php`)).toBe('none\ncode 0\n');
    expect(run(`${dir}/unmounted/config.php`)).toMatch(/code 1\n$/);
    symlinkSync('/etc/passwd', join(data, 'config.php'));
    expect(run(`${data}/config.php`)).toMatch(/^other\n(?:.*\n)*code 0\n$/);
    expect(readdirSync(data)).toEqual([]);
  });
});

describe.runIf(isRoot)('a trial whose file somebody changes again and again', () => {
  it('keeps a few of the changed files and reloads PHP a few times, however often it is made to', () => {
    const dir = temporary();
    chmodSync(dir, 0o755);
    const data = join(dir, 'data');
    mkdirSync(data);
    chmodSync(data, 0o777);
    writeFileSync(join(dir, 'before.php'), 'before');
    const before = execFileSync('sha256sum', { input: 'before' }).toString().slice(0, 64);
    // A new watcher each time, as after an end of the unit: what was counted still counts.
    const run = (script: string) =>
      sh(
        `here=${dir} kit=templates before=${before} ours='' mode=0660 fpm=php-fpm.service muc=${data}/config.php lock=${dir}/no/lock marks=${data}/m
. templates/trial/lib.sh
systemctl() { echo reload >>${dir}/done; }; sleep() { :; }
${script}`,
      );
    run(`for i in 1 2 3 4 5 6 7 8; do as_user sh -c 'echo "$1" >"$2"' sh "$i" "$muc"; restore; done`);
    expect(readFileSync(join(data, 'config.php'), 'utf8')).toBe('before');
    expect(readdirSync(dir).filter((name) => name.startsWith('aside.'))).toHaveLength(5);
    for (let i = 0; i < 2; i += 1) run('for i in 1 2 3 4 5 6 7; do reload_pools; done; say "$(head -c 2000000 /dev/zero | tr "\\0" x)"; say more');
    expect(readFileSync(join(dir, 'done'), 'utf8').split('\n').length - 1).toBe(10);
    expect(readFileSync(join(dir, 'log'), 'utf8')).not.toContain('more');
  }, 300_000);
});
