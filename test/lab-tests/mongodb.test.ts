/** MongoDB on real hosts, Moodle 3.8.5: the real server where MONGODB_URI names one, else a stand-in that says it is one. */

import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { type MongoForTests, mongoForTests } from '../mongodb-stand-in/index.js';
import { ANSWERS, expectNothingToDo, expectNothingToRollBack, expectOneNodeAtATime, expectProven, expectRollback, runOrder } from './cluster-38.js';
import { answersText, hasRelease, labFor, mucConfig, mucState, pageStatus, putAnswers, told, wizard } from './support.js';

const PORT = 27017;
/** ASCII only: the driver cannot prepare others. */
const PASSWORD = `pa$$ "w0rd'\`;#\\`;
const NODES = ['main', 'web1', 'web2', 'web3'] as const;
const there = hasRelease('3.8.5');

/** Hosts of a lab reach nothing but each other and this machine's address on their bridge: there the server is made to be found. */
async function forward(host: string, mongo: MongoForTests): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(mongo.port, mongo.host);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(PORT, host, resolve));
  return server;
}

describe.skipIf(!there)(`MongoDB on Moodle 3.8.5, three web nodes${there ? '' : ' (skipped: this release is not there)'}`, () => {
  let lab: Lab;
  let mongo: MongoForTests;
  let server: Server;
  let before: string;
  let env: Record<string, string>;

  const answers = (change: (text: string) => string = (t) => t) =>
    answersText('mongodb', (t) =>
      change(mongo.user === undefined ? t.replace(/ username: \w+,|, password: secret:\w+/g, '') : t).replace(
        'mongo.example.org:27017',
        `${lab.gateway}:${PORT}`,
      ),
    );

  beforeAll(async () => {
    lab = await labFor({ release: '3.8.5', webs: 3 });
    mongo = await mongoForTests({ user: 'moodle', password: PASSWORD });
    server = await forward(lab.gateway, mongo);
    env = { MONGO_PASSWORD: mongo.password ?? PASSWORD };
    console.log(`MongoDB in these tests: ${mongo.used} ${mongo.version}`);
    await putAnswers(
      lab,
      answers((t) => (mongo.user === undefined ? t : t.replace('username: moodle', `username: ${mongo.user}`))),
    );
    before = await mucState(lab);
  });
  afterAll(async () => {
    server?.close();
    await mongo?.stop();
    await lab?.down();
  });

  it('says before the extension is there that the login is not checked, and measures nothing', async (test) => {
    if (mongo.user === undefined) return test.skip('this MongoDB asks for no login');
    const run = await wizard(lab, ['plan', ...ANSWERS], env);
    expect(run.code, told(run)).toBe(10);
    const finding = run.json['plan'].findings.find((f: any) => f.id === 'services:reach:mongo1');
    expect(finding, told(run)).toMatchObject({
      level: 'note',
      is: expect.stringContaining('user name and password: the PHP extension mongodb is not installed'),
    });
    const advice = await wizard(lab, ['advise', ...ANSWERS], env);
    expect(
      advice.json['result'].findings.find((f: any) => f.id.includes('mongodb-unmeasured-mongo1')),
      told(advice),
    ).toMatchObject({
      is: expect.stringContaining('not measured on main'),
    });
    expect(await mucState(lab)).toBe(before);
  });

  it('refuses a wrong password before the cache configuration is touched: with it every page would fail', async (test) => {
    if (mongo.user === undefined) return test.skip('this MongoDB asks for no login');
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes'], { MONGO_PASSWORD: 'not the right one' });
    expect(run.code, told(run)).toBe(3);
    expect(run.json['error']).toMatchObject({ code: 'service-unreachable', nodes: expect.arrayContaining([...NODES]) });
    expect(run.json['error'].message).toContain('rejected the password');
    expect(await mucState(lab)).toBe(before);
    // The login goes through the extension, which the run installed to ask.
    const back = await wizard(lab, ['rollback', '--yes']);
    expect(back.code, told(back)).toBe(0);
    for (const node of NODES) expect((await lab.host(node).exec('php -m')).stdout).not.toMatch(/^mongodb$/m);
    expect(await mucState(lab)).toBe(before);
  });

  it('refuses what PHP’s driver or this Moodle cannot do: a password beyond ASCII, extendedmode, usesafe off', async (test) => {
    if (mongo.user === undefined) return test.skip('this MongoDB asks for no login');
    const check = await wizard(lab, ['answers', 'check', '/root/answers.yaml'], { MONGO_PASSWORD: 'grün' });
    expect(check.code, told(check)).toBe(2);
    expect(check.json['error'].message).toContain('non-ASCII characters');
    for (const setting of ['extendedmode: true', 'usesafe: false']) {
      const store = `stores: [{name: mongo1, plugin: mongodb, service: mongo1, settings: {${setting}}}]`;
      await putAnswers(
        lab,
        answers((t) => t.replace('stores: auto', store)),
        '/root/bad.yaml',
      );
      const run = await wizard(lab, ['plan', '--answers', '/root/bad.yaml'], env);
      expect(run.code, told(run)).toBe(7);
      expect(run.json['error'].message).toContain(setting.split(':')[0]);
    }
    expect(await mucState(lab)).toBe(before);
  });

  it('plans first: exit 10, and nothing is touched', async () => {
    const run = await wizard(lab, ['plan', ...ANSWERS], env);
    expect(run.code, told(run)).toBe(10);
    expect(await mucState(lab)).toBe(before);
  });

  it('applies: the extension one node at a time, the instance, the mappings; proven on every node in web SAPI and CLI', async () => {
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes'], env);
    expect(run.code, told(run)).toBe(0);
    expectProven(run, NODES, ['mongo1']);
    expectOneNodeAtATime(await runOrder(lab), NODES);
    for (const node of NODES) expect(await lab.host(node).must('dpkg -s php-mongodb | grep ^Status')).toContain('install ok installed');
    const config = await mucConfig(lab);
    expect(config.stores.mongo1).toMatchObject({ plugin: 'mongodb', configuration: { database: 'mcache', extendedmode: false } });
    expect(config.definitionmappings).toContainEqual(expect.objectContaining({ definition: 'core/string', store: 'mongo1' }));
    expect(Object.values<any>(config.modemappings).find((m) => m.mode === 1)?.store).toBe('mongo1');
  });

  it('is measured by every node through its driver, which leaves nothing there', async () => {
    const run = await wizard(lab, ['advise', ...ANSWERS], env);
    expect(run.code, told(run)).toBe(0);
    const { nodes } = run.json['result'].measured;
    expect(Object.keys(nodes).sort()).toEqual([...NODES].sort());
    for (const node of Object.values<any>(nodes)) {
      const [service] = node.services;
      expect(service, JSON.stringify(service)).toMatchObject({ service: 'mongo1', via: 'php', estimate: false, server: { version: mongo.version } });
      for (const trip of service.roundTrips) expect(trip.get.p50, JSON.stringify(trip)).toBeGreaterThan(0);
    }
    const client = await mongo.connect();
    const left = (await client.command('mcache', { listCollections: 1, nameOnly: true, filter: { name: /^wizardprobe_/ } })) as any;
    client.close();
    expect(left.cursor.firstBatch).toEqual([]);
  });

  it('has MongoDB work for pages of every node', async () => {
    for (const node of NODES) {
      const earlier = await mongo.counters();
      expect(await pageStatus(lab, node)).toBe('200');
      expect((await mongo.counters()).finds).toBeGreaterThan(earlier.finds);
    }
    expect((await mongo.counters()).inserts).toBeGreaterThan(0);
  });

  it('never tells the password: not in its output, not in its journals', async (test) => {
    if (mongo.password === undefined) return test.skip('this MongoDB asks for no login');
    const run = await wizard(lab, ['verify', ...ANSWERS], env);
    expect(run.stdout + run.stderr).not.toContain(mongo.password);
    const found = await lab.hosts.main.exec(['grep', '-rlF', '--', mongo.password, '/root/.local/state/moodle-cluster-wizard']);
    expect(found.stdout).toBe('');
  });

  it('the same answers again: nothing to do, the file byte-identical', async () => {
    await expectNothingToDo(lab, env);
  });

  it('drops no database on the way back: the file byte-identical with owner and mode, the extension gone; then there is nothing to do', async () => {
    const drops = (await mongo.counters()).databaseDrops;
    await expectRollback(lab, before, NODES);
    expect((await mongo.counters()).databaseDrops).toBe(drops);
    for (const node of NODES) expect((await lab.host(node).exec('php -m')).stdout).not.toMatch(/^mongodb$/m);
    await expectNothingToRollBack(lab);
  });
});
