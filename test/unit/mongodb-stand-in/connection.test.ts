import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleMongoStandIn } from '../../mongodb-stand-in/bundle.js';
import { connectMongo, type MongoClient } from '../../mongodb-stand-in/client.js';
import { mongoForTests, parseMongoUri } from '../../mongodb-stand-in/for-tests.js';
import { type MongoStandIn, startMongoStandIn } from '../../mongodb-stand-in/server.js';
import { encodeMsg, frameReader, parseMessage } from '../../mongodb-stand-in/wire.js';

const HOST = '127.0.0.1';
const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(login: { user?: string; password?: string } = {}): Promise<MongoStandIn> {
  const standIn = await startMongoStandIn({ host: HOST, port: 0, ...login });
  cleanups.push(() => standIn.stop());
  return standIn;
}

async function client(port: number): Promise<MongoClient> {
  const made = await connectMongo(HOST, port);
  cleanups.push(() => made.close());
  return made;
}

describe('first words', () => {
  it('answers the legacy hello over OP_QUERY, and nothing else there', async () => {
    const one = await client((await start()).port);
    expect(await one.legacy('admin', { isMaster: 1, helloOk: true })).toMatchObject({ ismaster: true, helloOk: true, ok: 1 });
    expect(await one.legacy('admin', { $query: { ismaster: 1 }, $readPreference: { mode: 'primary' } })).toMatchObject({ ismaster: true });
    await expect(one.legacy('admin', { listDatabases: 1 })).rejects.toMatchObject({ code: 352 });
  });

  it('says everywhere that it is a stand-in', async () => {
    const one = await client((await start()).port);
    expect((await one.command('admin', { hello: 1 }))['standIn']).toMatch(/stand-in/);
    expect((await one.command('admin', { buildInfo: 1 }))['version']).toBe('4.4.0-stand-in');
    expect((await one.command('admin', { serverStatus: 1 }))['process']).toBe('mongodb-stand-in');
  });

  it('lists what there is', async () => {
    const one = await client((await start()).port);
    await one.command('one', { create: 'a' });
    await one.command('two', { insert: 'b', documents: [{ x: 1 }] });
    const { databases } = await one.command('admin', { listDatabases: 1, nameOnly: true });
    expect(databases).toEqual([{ name: 'one' }, { name: 'two' }]);
    await expect(one.command('one', { create: 'a' })).rejects.toMatchObject({ code: 48 });
    expect(await one.command('one', { listCollections: 1, filter: { name: 'a' } })).toMatchObject({ cursor: { firstBatch: [{ name: 'a' }] } });
    expect(await one.command('one', { endSessions: [] })).toMatchObject({ ok: 1 });
  });
});

describe('login', () => {
  const login = { user: 'mood,l=e', password: 'pa:ss@wörd' };

  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-1'] as const)('%s, with and without the last empty message', async (mechanism) => {
    const standIn = await start(login);
    for (const skipEmptyExchange of [true, false]) {
      const one = await client(standIn.port);
      await expect(one.command('mcache', { find: 'c' })).rejects.toMatchObject({ code: 13 });
      await one.login(login.user, login.password, mechanism, { skipEmptyExchange });
      expect(await one.command('mcache', { find: 'c' })).toMatchObject({ ok: 1 });
    }
    expect(standIn.stats()).toMatchObject({ logins: 2, failedLogins: 0 });
  });

  it('refuses a wrong password, user, database, mechanism; stays refused', async () => {
    const standIn = await start(login);
    const one = await client(standIn.port);
    const refused = { code: 18, codeName: 'AuthenticationFailed' };
    await expect(one.login(login.user, 'wrong')).rejects.toMatchObject(refused);
    await expect(one.login('nobody', login.password)).rejects.toMatchObject(refused);
    await expect(one.login(login.user, login.password, 'SCRAM-SHA-256', { db: 'mcache' })).rejects.toMatchObject(refused);
    await expect(one.command('admin', { saslStart: 1, mechanism: 'PLAIN', payload: '' })).rejects.toMatchObject({ code: 334 });
    await expect(one.command('admin', { saslContinue: 1, conversationId: 1, payload: '' })).rejects.toMatchObject(refused);
    await expect(one.command('mcache', { find: 'c' })).rejects.toMatchObject({ code: 13 });
    expect(standIn.stats()).toMatchObject({ logins: 0, failedLogins: 4 });
  });

  it('knows no user at all when started without one', async () => {
    const one = await client((await start()).port);
    await expect(one.login('any', 'thing')).rejects.toMatchObject({ code: 18 });
    expect(await one.command('mcache', { find: 'c' })).toMatchObject({ ok: 1 });
  });

  it('tells mechanisms of its user only', async () => {
    const one = await client((await start(login)).port);
    expect((await one.command('admin', { hello: 1, saslSupportedMechs: `admin.${login.user}` }))['saslSupportedMechs']).toEqual([
      'SCRAM-SHA-256',
      'SCRAM-SHA-1',
    ]);
    expect(await one.command('admin', { hello: 1, saslSupportedMechs: 'admin.x' })).not.toHaveProperty('saslSupportedMechs');
  });

  it('wants user and password together', async () => {
    await expect(startMongoStandIn({ host: HOST, port: 0, user: 'x' })).rejects.toThrow('both user and password');
  });
});

describe('the wire', () => {
  it('puts messages together from single bytes and takes several from one chunk', () => {
    const seen: unknown[] = [];
    const read = frameReader((frame) => seen.push(parseMessage(frame).body['n']));
    const bytes = Buffer.concat(['a', 'b', 'c'].map((n) => encodeMsg({ requestId: 1, body: { n } })));
    for (const byte of bytes) read(Buffer.of(byte));
    read(bytes);
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it.each([
    ['text', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
    ['an unknown opcode', Buffer.from([16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 220, 7, 0, 0])],
    ['a length that lies', Buffer.from([26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 221, 7, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0])],
  ])('ends the connection on %s, and serves on', async (_what, bytes) => {
    const standIn = await start();
    await new Promise<void>((resolve) => {
      const socket = connect(standIn.port, HOST, () => socket.write(bytes));
      socket.on('error', () => undefined).on('close', () => resolve());
    });
    const one = await client(standIn.port);
    expect(await one.command('admin', { ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('ends open connections when it stops, and frees the port', async () => {
    const standIn = await startMongoStandIn({ host: HOST, port: 0 });
    const one = await client(standIn.port);
    await standIn.stop();
    await expect(one.command('admin', { ping: 1 })).rejects.toThrow();
    const again = await startMongoStandIn({ host: HOST, port: standIn.port });
    expect(again.stats().stored).toEqual({});
    await again.stop();
  });
});

describe('as one file', () => {
  it('runs by itself, says what it is, and stops on SIGTERM', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mongo-stand-in-'));
    cleanups.push(() => rm(dir, { recursive: true }));
    const file = join(dir, 'mongodb-stand-in.mjs');
    await bundleMongoStandIn(file);
    const env = { ...process.env, PW: 'secret' };
    const child = spawn(process.execPath, [file, '--host', HOST, '--port', '0', '--user', 'u', '--password-env', 'PW'], { cwd: dir, env });
    cleanups.push(() => child.kill('SIGKILL'));
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toMatch(/^MongoDB stand-in: .*listening on 127.0.0.1:\d+, login asked of user u/);
    const one = await client(Number(/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]));
    await one.login('u', 'secret');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('refuses wrong usage with 2', async () => {
    const cli = join(import.meta.dirname, '../../mongodb-stand-in/cli.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', cli, '--user', 'u', '--password-env', 'NOT_SET_ANYWHERE']);
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    expect(said.toString()).toContain('NOT_SET_ANYWHERE is empty');
    expect(await once(child, 'exit')).toEqual([2, null]);
  });
});

describe('mongoForTests', () => {
  it('starts a stand-in and says so; its counters rise', async () => {
    const mongo = await mongoForTests({ user: 'u', password: 'p' }, {});
    cleanups.push(() => mongo.stop());
    expect(mongo).toMatchObject({ used: 'stand-in', version: '4.4.0-stand-in', uri: `mongodb://127.0.0.1:${mongo.port}` });
    const one = await mongo.connect();
    cleanups.push(() => one.close());
    await one.command('mcache', { insert: 'c', documents: [{ a: 1 }, { a: 2 }] });
    await one.command('mcache', { drop: 'c' });
    await one.command('mcache', { dropDatabase: 1 });
    expect(await mongo.counters()).toEqual({ inserts: 2, updates: 0, deletes: 0, finds: 0, drops: 1, databaseDrops: 1 });
  });

  it('uses the server that MONGODB_URI names', async () => {
    const { port } = await start({ user: 'u', password: 'p@ss' });
    const mongo = await mongoForTests({}, { MONGODB_URI: `mongodb://u:p%40ss@${HOST}:${port}/?authSource=admin` });
    // It is a stand-in that is named here, and it says so.
    expect(mongo).toMatchObject({ used: 'stand-in', uri: `mongodb://${HOST}:${port}`, user: 'u' });
    await mongo.stop();
    expect((await mongo.counters()).inserts).toBe(0);
  });

  it('fails in words when nothing answers at MONGODB_URI', async () => {
    await expect(mongoForTests({}, { MONGODB_URI: 'mongodb://127.0.0.1:9' })).rejects.toThrow('127.0.0.1:9');
  });

  it.each(['mongodb+srv://x', 'mongodb://a,b:1/', 'mongodb://a/?tls=true', 'mongodb://a/?replicaSet=rs', 'nonsense'])(
    'refuses %s without showing it',
    (uri) => {
      expect(() => parseMongoUri(uri)).toThrow(/MONGODB_URI/);
    },
  );
});
