/** Probes of templates/measure run for real by this machine's PHP (or the one that MCW_PHP names); skipped where there is none: the lab runs them all. */

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PHP = process.env['MCW_PHP'] ?? 'php';
const hasPhp = spawnSync(PHP, ['-v']).status === 0;

function probe(name: string, request: object): Promise<any> {
  const marker = 'mcw-probe-test';
  return new Promise((resolve, reject) => {
    const child = execFile(PHP, [`templates/measure/${name}.php`], (error, stdout) => {
      const answer = new RegExp(`${marker}(\\{.*\\})${marker}`).exec(stdout)?.[1];
      if (answer === undefined) reject(error ?? new Error(stdout));
      else resolve(JSON.parse(answer).data);
    });
    child.stdin?.end(JSON.stringify({ ...request, marker, op: name }));
  });
}

describe.skipIf(!hasPhp)('where a folder really lies', () => {
  it('is told with links followed, also of one that is not there yet', () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'mcw-mount-')));
    mkdirSync(join(base, 'share'));
    symlinkSync(join(base, 'share'), join(base, 'local'));
    const code = 'require "templates/bridge/lib/redact.php"; require "templates/bridge/lib/mounts.php"; echo json_encode(mcw_real_mount_of($argv[1]));';
    const of = (path: string) => JSON.parse(spawnSync(PHP, ['-r', code, '--', path], { encoding: 'utf8' }).stdout);
    expect(of(join(base, 'local'))).toMatchObject({ path: join(base, 'share'), fsType: expect.stringMatching(/./) });
    expect(of(join(base, 'local', 'later', 'on')).path).toBe(join(base, 'share', 'later', 'on'));
    rmSync(base, { recursive: true });
  });
});

describe.skipIf(!hasPhp)('the service probe', () => {
  const told = async (host: string, port: number) =>
    (await probe('services', { services: [{ service: 'r', plugin: 'redis', host, port }], key: 'mcw-probe-x', seconds: 1 }))[0];

  it('knows the way at most where a service could not be asked, so that it is asked again', async () => {
    const refused = await told('127.0.0.1', 1);
    expect(refused).toMatchObject({ via: 'tcp', estimate: true, error: expect.any(String), connect: { n: 9 } });
    const nowhere = await told('no-such-host.invalid', 6379);
    expect(nowhere).toMatchObject({ via: 'tcp', estimate: true, error: expect.any(String), roundTrips: [] });
    expect(nowhere.connect).toBeUndefined();
  });
});

describe.skipIf(!hasPhp)('the page probe', () => {
  let server: Server;
  const sessions: string[] = [];
  const hosts = new Set<string | undefined>();

  beforeAll(async () => {
    server = createServer((request, response) => {
      hosts.add(request.headers.host);
      // As Moodle does: who brings no session gets one.
      if (request.headers.cookie === undefined) {
        sessions.push(`s${sessions.length}`);
        response.setHeader('Set-Cookie', `MoodleSession=${sessions.at(-1)}; path=/`);
      }
      if (request.url === '/login/index.php') {
        response.writeHead(303, { Location: 'https://sso.example.org/?x=1' }).end();
        return;
      }
      response.end('<title>A site</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
  });

  const target = (paths: readonly string[]) => ({
    target: {
      address: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      tls: false,
      name: 'm',
      host: 'moodle.example.org',
      forwardedProto: null,
      paths,
    },
    times: 6,
    seconds: 0.5,
  });

  it('measures the front page where the login page leads away, and leaves one session', async () => {
    const told = await probe('page', target(['/login/index.php', '/']));
    expect(told).toMatchObject({ why: null, page: { n: 4 } });
    expect(sessions).toHaveLength(1);
    expect([...hosts]).toEqual(['moodle.example.org']);
  });

  it('says why there is no time', async () => {
    expect(await probe('page', target(['/login/index.php']))).toEqual({ page: null, why: '/login/index.php answers 303 to https://sso.example.org/' });
  });
});
