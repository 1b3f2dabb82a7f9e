/** Probes of templates/measure run for real by this machine's PHP (or the one that MCW_PHP names); skipped where there is none: the lab runs them all. */

import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MongoClient, type MongoForTests, mongoForTests, startMongoStandIn } from '../../mongodb-stand-in/index.js';
import { encodeMsg, encodeReply, frameReader, parseMessage } from '../../mongodb-stand-in/wire.js';

const PHP = process.env['MCW_PHP'] ?? 'php';
const hasPhp = spawnSync(PHP, ['-v']).status === 0;

function probe(name: string, request: object, flags: readonly string[] = []): Promise<any> {
  const marker = 'mcw-probe-test';
  return new Promise((resolve, reject) => {
    const child = execFile(PHP, [...flags, `templates/measure/${name}.php`], (error, stdout) => {
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

const hasDriver = hasPhp && spawnSync(PHP, ['-r', 'exit(class_exists("MongoDB\\\\Driver\\\\Manager") ? 0 : 1);']).status === 0;

/** PHP without any extension; before PHP 8 it has no JSON then. */
const hasBarePhp = hasPhp && spawnSync(PHP, ['-n', '-r', 'exit(function_exists("json_encode") ? 0 : 1);']).status === 0;

describe.skipIf(!hasBarePhp)('a MongoDB without the PHP extension', () => {
  const at = async (host: string, port: number) =>
    (await probe('services', { services: [{ service: 'm', plugin: 'mongodb', host, port }], key: 'mcw-probe-n', seconds: 1 }, ['-n']))[0];

  it('is not measured, and says why: only the way to it is known, and that a MongoDB listens there', async () => {
    const mongo = await startMongoStandIn({ host: '127.0.0.1', port: 0, user: 'moodle', password: 'a password' });
    const told = await at('127.0.0.1', mongo.port);
    expect(told).toMatchObject({ via: 'tcp', estimate: true, roundTrips: [], connect: { n: expect.any(Number) } });
    expect(told.unmeasured).toContain('extension mongodb is not installed');
    expect(told.error).toBeUndefined();
    expect(mongo.stats()).toMatchObject({ logins: 0, failedLogins: 0 });
    await mongo.stop();
  });

  it('is an error where something else answers', async () => {
    const server = createTcpServer((socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const told = await at('127.0.0.1', (server.address() as AddressInfo).port);
    server.close();
    expect(told).toMatchObject({ via: 'tcp', roundTrips: [], error: 'it does not speak MongoDB' });
    expect(told.unmeasured).toBeUndefined();
  });
});

describe.skipIf(!hasDriver)('the probe of a MongoDB', () => {
  const LOGIN = { user: 'moodle', password: 'a pass"word' };
  const DATABASE = 'wizardprobetest';
  let mongo: MongoForTests;
  let client: MongoClient;

  beforeAll(async () => {
    mongo = await mongoForTests({ ...LOGIN });
    client = await mongo.connect();
  });
  afterAll(async () => {
    client.close();
    await mongo.stop();
  });

  const target = () => ({
    service: 'm',
    plugin: 'mongodb',
    host: mongo.host,
    port: mongo.port,
    username: mongo.user,
    password: mongo.password,
    database: DATABASE,
  });
  const ask = async (more: object = {}) =>
    (await probe('services', { services: [{ ...target(), ...more }], key: `mcw-probe-${Math.random()}`, seconds: 2 }))[0];
  const collections = async (): Promise<string[]> =>
    ((await client.command(DATABASE, { listCollections: 1 })) as any).cursor.firstBatch.map((c: any) => c.name);

  it('times values of every size, tells what the server is, and leaves nothing', async () => {
    const told = await ask();
    expect(told).toMatchObject({ via: 'php', estimate: false, connect: { n: expect.any(Number) } });
    expect(told.error).toBeUndefined();
    expect(told.roundTrips.map((r: any) => r.bytes)).toEqual([100, 1000, 20_000, 500_000, 1_100_000]);
    for (const trip of told.roundTrips) expect(trip).toMatchObject({ get: { p50: expect.any(Number) }, set: { p50: expect.any(Number) } });
    expect(told.server).toMatchObject({ version: mongo.version, open: String(mongo.user === undefined) });
    expect(await collections()).toEqual([]);
    expect(await mongo.counters()).toMatchObject({ inserts: expect.toSatisfy((n: number) => n > 20), drops: expect.toSatisfy((n: number) => n > 0) });
  });

  it('takes away what a probe that was killed left, and nothing else', async () => {
    const hour = 3600_000;
    const young = `wizardprobe_${Math.floor(Date.now() / 1000)}_x`;
    const others = [young, 'wizardproof', 'wizardprobe_mine', 'm0123'];
    for (const name of [...others, `wizardprobe_${Math.floor((Date.now() - 2 * hour) / 1000)}_x`])
      await client.command(DATABASE, { insert: name, documents: [{ key: 'a' }] });
    expect((await ask()).error).toBeUndefined();
    expect((await collections()).sort()).toEqual([...others].sort());
    await client.command(DATABASE, { dropDatabase: 1 });
  });

  it('tells the replica set of a primary', async () => {
    const primary = await startMongoStandIn({ host: '127.0.0.1', port: 0, replicaSet: 'rs0' });
    const service = { service: 'm', plugin: 'mongodb', host: '127.0.0.1', port: primary.port };
    const [told] = await probe('services', { services: [service], key: 'mcw-probe-z', seconds: 1 });
    // No times of values: the driver retries writes on a set, which the stand-in cannot.
    expect(told).toMatchObject({ server: { setName: 'rs0', open: expect.any(String) } });
    await primary.stop();
  });

  it('has no price for a secondary, and says that it takes no writes', async () => {
    const server = createTcpServer((socket) => {
      const cursor = { id: 0n, ns: 'mcache.wizardproof', firstBatch: [] };
      const role = { ismaster: false, isWritablePrimary: false, secondary: true, setName: 'rs0', primary: 'mdb1:27017', hosts: ['mdb1:27017'] };
      const answer = { ok: 1, ...role, minWireVersion: 0, maxWireVersion: 9, maxBsonObjectSize: 16777216, cursor };
      socket.on(
        'data',
        frameReader((frame) => {
          const { kind, requestId } = parseMessage(frame);
          socket.write(kind === 'query' ? encodeReply(1, requestId, answer) : encodeMsg({ requestId: 1, responseTo: requestId, body: answer }));
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    const [told] = await probe('services', { services: [{ service: 'm', plugin: 'mongodb', host: '127.0.0.1', port }], key: 'mcw-probe-y', seconds: 1 });
    server.close();
    expect(told).toMatchObject({ via: 'tcp', roundTrips: [], error: 'it is a secondary and takes no writes' });
  });

  it('leaves nothing when it is killed, whenever that is', async () => {
    const made = async () => (await mongo.counters()).inserts;
    // It takes some 300 ms in all.
    for (const after of [0, 20, 60, 120]) {
      const before = await made();
      const request = { marker: 'mcw-probe-test', op: 'services', services: [target()], key: `mcw-probe-${after}`, seconds: 20 };
      const child = spawn(PHP, ['templates/measure/services.php'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      child.stdin.end(JSON.stringify(request));
      // It has begun to write.
      await expect.poll(made, { timeout: 10_000, interval: 5 }).toBeGreaterThan(before);
      await sleep(after);
      // With all its group, as when a connection is cut.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await expect.poll(collections, { timeout: 10_000 }).toEqual([]);
    }
  });

  it('has no price for one that does not let it in, and says why', async () => {
    const told = await ask({ password: 'wrong' });
    expect(told).toMatchObject({ via: 'tcp', estimate: true, roundTrips: [] });
    expect(told.error).toMatch(/wrong user name or password|[Aa]uthentication failed/);
  });
});
