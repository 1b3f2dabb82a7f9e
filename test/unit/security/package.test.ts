/** What is published: which files, nothing to install beside them, and nothing taken from the folder it is started in. */

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE, externals } from '../../bundle-options.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Every file of the package, but that the bundle's chunks have changing names. */
const ALLOWED = [
  /^(?:LICENSE|README\.md|package\.json)$/,
  /^dist\/(?:bin|[\w-]+-[A-Z0-9]{8})\.js$/,
  /^dist\/(?:help|THIRD-PARTY-LICENSES)\.txt$/,
  /^dist\/sbom\.cdx\.json$/,
  /^templates\/help\/[\w-]+\.md$/,
  /^templates\/examples\/[\w-]+\.yaml$/,
  /^templates\/(?:[\w-]+\/)+[\w.@-]+\.(?:conf|fish|nft|php|service|sh|yml|zsh)$/,
];

interface Package {
  readonly [key: string]: unknown;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const ABOUT = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package;
const LOCK = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string; integrity?: string }> };

describe('package.json', () => {
  it.each(['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'bundledDependencies'])('has no %s', (kind) =>
    expect(ABOUT[kind]).toBeUndefined(),
  );

  it('has no script that runs where it is installed', () =>
    expect(Object.keys(ABOUT.scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$|^(?:pre|post)?uninstall$/.test(name))).toEqual([]));

  it('names one version of everything it is made from, the one in the lock file', () => {
    for (const [name, version] of Object.entries(ABOUT.devDependencies))
      expect(`${name} ${LOCK.packages[`node_modules/${name}`]?.version}`).toBe(`${name} ${version}`);
  });

  it('is locked with a checksum for every package', () =>
    expect(Object.entries(LOCK.packages).flatMap(([path, about]) => (path !== '' && about.integrity === undefined ? [path] : []))).toEqual([]));
});

describe('the package', () => {
  let scratch: string;
  let root: string;
  let bin: string;

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'mcw-package-'));
    root = join(scratch, 'package');
    mkdirSync(root);
    for (const name of ['package.json', 'README.md', 'LICENSE', 'templates']) cpSync(join(ROOT, name), join(root, name), { recursive: true });
    execFileSync('node', ['test/build.mjs', join(root, 'dist')], { cwd: ROOT });
    bin = join(root, 'dist', 'bin.js');
  }, 120_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('holds what is on the list, and nothing else', () => {
    // What else lies in a clone must stay out too, so the real folder is listed; only dist may not be built there yet.
    const list = (cwd: string) => {
      const packed = JSON.parse(
        execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      );
      return (Object.values(packed)[0] as { files: { path: string }[] }).files.map((file) => file.path);
    };
    const files = [...new Set([...list(ROOT).filter((path) => !path.startsWith('dist/')), ...list(root)])];
    expect(files.filter((path) => !ALLOWED.some((allowed) => allowed.test(path)))).toEqual([]);
    for (const path of ['dist/bin.js', 'dist/help.txt', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/sbom.cdx.json', 'LICENSE', 'README.md'])
      expect(files).toContain(path);
  });

  it('imports parts of Node only', async () => {
    const { metafile } = await build({
      ...BUNDLE,
      absWorkingDir: ROOT,
      entryPoints: ['src/bin.ts'],
      outdir: join(scratch, 'meta'),
      splitting: true,
      write: false,
    });
    expect(externals(metafile as NonNullable<typeof metafile>).filter((name) => !isBuiltin(name))).toEqual([]);
    // A name that is put together at run time would not be in that list: of those there is none, and no `require` that reads the disk.
    const code = readdirSync(dirname(bin)).flatMap((name) => (name.endsWith('.js') ? [readFileSync(join(dirname(bin), name), 'utf8')] : []));
    expect(code.flatMap((text) => text.match(/\bimport\((?!\s*["'])[^)]*\)|\bcreateRequire\b|\brequire\.resolve\b/g) ?? [])).toEqual([]);
  });

  it('refuses to be built with a package outside of it', async () => {
    const stdin = { contents: "import 'left-outside';", resolveDir: ROOT };
    await expect(build({ ...BUNDLE, stdin, external: ['left-outside'], write: false, logLevel: 'silent' })).rejects.toThrow(
      /"left-outside" is neither bundled/,
    );
  });

  it('names the licence of every package inside', () => {
    const text = readFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['node-ssh', 'ssh2', 'asn1', 'bcrypt-pbkdf', 'tweetnacl', 'ink', 'react', 'zx'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'));
    expect(text).not.toMatch(/undefined|See its package/);
  });

  it('lists the same packages in its bill of materials, with the checksums of the lock file', () => {
    const bill = JSON.parse(readFileSync(join(root, 'dist', 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string; hashes?: { alg: string; content: string }[] }[];
    };
    const licences = readFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8').split(`\n${'-'.repeat(80)}\n\n`);
    expect(bill.components.map((one) => `${one.name} ${one.version}`)).toEqual(licences.map((text) => text.replace(/ \([\s\S]*/, '')));
    for (const { name, hashes } of bill.components) {
      const found = Object.entries(LOCK.packages).flatMap(([path, { integrity = '' }]) => (path.endsWith(`node_modules/${name}`) ? [integrity] : []));
      const [hash] = hashes ?? [];
      expect(found, name).toContain(`sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`);
    }
  });

  describe('started in a hostile folder', () => {
    let hostile: string;
    let home: string;
    let canary: string;
    let server: Server;
    let env: Record<string, string>;

    /** Everything that Node, npm or a library could look for by name. */
    beforeAll(async () => {
      hostile = join(scratch, 'hostile');
      home = join(scratch, 'home');
      canary = join(scratch, 'canary');
      const evil = (where: string) => `require('node:fs').appendFileSync(${JSON.stringify(canary)}, ${JSON.stringify(`${where}\n`)}); module.exports = {};\n`;
      const put = (path: string, text: string, mode = 0o644) => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { mode });
        chmodSync(path, mode);
      };
      const inside = readdirSync(join(ROOT, 'node_modules')).flatMap((name) =>
        name.startsWith('@') ? readdirSync(join(ROOT, 'node_modules', name)).map((n) => `${name}/${n}`) : name.startsWith('.') ? [] : [name],
      );
      const names = [
        ...inside,
        'cpu-features',
        'react-devtools-core',
        'bufferutil',
        'utf-8-validate',
        'sshcrypto.node',
        'supports-color',
        'dotenv',
        'moodle-cluster-wizard',
      ];
      for (const folder of [join(hostile, 'node_modules'), join(home, '.node_modules'), join(home, '.node_libraries'), join(scratch, 'node_modules')])
        for (const name of names) put(join(folder, name, 'index.js'), evil(join(folder, name)));
      for (const command of ['node', 'ssh', 'sh', 'bash', 'env', 'moodle-cluster-wizard', 'ps', 'hostname', 'printf'])
        for (const folder of [hostile, join(hostile, 'node_modules/.bin')])
          put(join(folder, command), `#!/bin/sh\necho ${join(folder, command)} >>${canary}\nexec /usr/bin/${command} "$@"\n`, 0o755);
      put(join(hostile, 'evil.cjs'), evil('evil.cjs'));
      put(
        join(hostile, 'package.json'),
        JSON.stringify({ type: 'commonjs', imports: { '#*': './evil.cjs' }, exports: './evil.cjs', main: 'evil.cjs', zx: { shell: './sh' } }),
      );
      put(join(hostile, '.npmrc'), `node-options=--require ${hostile}/evil.cjs\nscript-shell=${hostile}/sh\n`);
      put(join(hostile, '.env'), `NODE_OPTIONS=--require ${hostile}/evil.cjs\nDEV=true\n`);
      put(join(hostile, 'node.config.json'), JSON.stringify({ nodeOptions: { import: [`${hostile}/evil.cjs`] } }));
      for (const name of [
        'index.js',
        'ssh2.js',
        'cpu-features.js',
        '.pnp.cjs',
        '.pnp.js',
        'crypto/build/Release/sshcrypto.node',
        'build/Release/sshcrypto.node',
        'devtools.js',
      ])
        put(join(hostile, name), evil(name));
      server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      env = {
        PATH: `.:${hostile}/node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: home,
        NODE_PATH: join(hostile, 'node_modules'),
        DEV: 'true',
        ZX_PREFER_LOCAL: 'true',
        ZX_SHELL: join(hostile, 'sh'),
        npm_config_node_options: `--require ${hostile}/evil.cjs`,
        EDITOR: join(hostile, 'sh'),
      };
      put(
        join(scratch, 'answers.yaml'),
        [
          'version: 1',
          'cluster: x',
          'moodle: {dirroot: /var/www/moodle}',
          `ssh: {user: nobody, hostKeys: accept-new, sudo: none, port: ${(server.address() as { port: number }).port}}`,
          'nodes:',
          // No node is this machine: a test of the start must change nothing on it.
          '  - {name: main, host: 127.0.0.1, roles: [main, web, cron]}',
          '  - {name: cache1, host: localhost, roles: [cache]}',
          'services:',
          '  - {name: redis1, plugin: redis, node: cache1, manage: true, password: secret:p}',
          'secrets: {p: "cmd:env printf 0123456789abcdef"}',
          '',
        ].join('\n'),
      );
    }, 60_000);
    afterAll(() => server.close());

    // Not spawnSync: the server that a plan reaches is in this process.
    const run = (args: readonly string[]) =>
      new Promise<{ status: number; said: string }>((done) => {
        const child = execFile(process.execPath, [bin, ...args], { cwd: hostile, env, timeout: 60_000 }, (_error, stdout, stderr) =>
          done({ status: child.exitCode ?? -1, said: stdout + stderr }),
        );
        child.stdin?.end();
      });

    it('would be noticed: the traps go off where they are taken', () => {
      const loads = (name: string) => spawnSync(process.execPath, ['-e', `require(${JSON.stringify(name)})`], { cwd: hostile, env });
      for (const name of ['cpu-features', 'react-devtools-core', 'ssh2']) loads(name);
      spawnSync('env', [], { cwd: hostile, env });
      expect(readFileSync(canary, 'utf8').trim().split('\n')).toHaveLength(4);
      rmSync(canary);
    });

    it.each([
      [['--version'], 0],
      [['--help'], 0],
      [['help', 'plan'], 0],
      [['answers', 'init'], 0],
      [['answers', 'check', '../answers.yaml'], 0],
      [['answers', 'schema'], 0],
      [['completion', 'bash'], 0],
      [['wizard', '--plain'], 2],
      [['plan', '--answers', '../answers.yaml', '--json', '--state-dir', '../state'], 3],
      [['no-such-command'], 2],
    ] as const)('%j runs nothing of it', async (args, code) => {
      const { status, said } = await run(args);
      const ran = existsSync(canary) ? readFileSync(canary, 'utf8') : '';
      rmSync(canary, { force: true });
      expect(ran).toBe('');
      expect(status, said).toBe(code);
    });
  });
});
