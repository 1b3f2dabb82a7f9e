/** The bridge does the same on every Moodle: our stand-in in both generations, and each real release that is there. */

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WizardError } from '../../src/core/errors.js';
import type { MucEdit } from '../../src/core/muc-edit.js';
import type { StagedMuc } from '../../src/moodle/bridge-api.js';
import { type Lab, startLab } from '../lab/index.js';
import { mongoForTests } from '../mongodb-stand-in/index.js';
import { dataState, HMAC_KEY, MUC, mucHash, openSite, type Site, sitesFound } from './bridge-lab.js';

const PASSWORD = 'gehe"im \\ $x';
const WHY = { why: 'test' };
const ADD_LOCAL: MucEdit = {
  edit: 'store',
  action: 'add',
  name: 'local',
  plugin: 'file',
  configuration: { path: '/var/tmp/mdl-local', autocreate: 1 },
  ...WHY,
};
const MAP_STRING: MucEdit = { edit: 'definition', definition: 'core/string', stores: ['local', 'default_application'], ...WHY };

async function troubleOf(work: Promise<unknown>): Promise<WizardError> {
  const thrown = await work.then(
    (value) => new Error(`no trouble, but ${JSON.stringify(value)?.slice(0, 300)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof WizardError)) throw thrown;
  return thrown;
}

describe.each(sitesFound())('the bridge on Moodle $release (old generation: $old)', ({ release, old }) => {
  let lab: Lab;
  let site: Site;
  let original: Buffer;

  const putMuc = (content: Buffer | string): Promise<string> => lab.hosts.main.must(`cat > ${MUC}`, { stdin: content, user: 'www-data' });
  const stage = async (edits: readonly MucEdit[], secrets = {}): Promise<StagedMuc> => (await site.bridge('main')).stage({ edits, secrets, base: null });
  const publish = async (staged: StagedMuc) => (await site.bridge('main')).publish({ content: staged.content, expected: staged.baseSha256, mode: '660' });

  beforeAll(async () => {
    lab = await startLab({ name: 'contract', release, webs: 1 });
    if (!lab.fresh) await lab.restore();
    site = await openSite(lab, old);
    await lab.hosts.cache1.must(
      `apt-get install -y -q redis-server >/dev/null; sed -i 's/^bind .*/bind 0.0.0.0/; s/^protected-mode.*/protected-mode no/' /etc/redis/redis.conf; echo 'requirepass ${'geheim1234'}' >> /etc/redis/redis.conf; systemctl restart redis-server`,
    );
    for (const host of [lab.hosts.main, lab.hosts.web1]) {
      await host.must(`v=$(ls /etc/php); apt-get install -y -q php$v-redis php$v-apcu >/dev/null; systemctl restart php$v-fpm`);
      await host.must('curl -sSf -o /dev/null -H "Host: moodle.lab" http://127.0.0.1/login/index.php');
    }
    const found = await (await site.bridge('main')).readMuc();
    if (!found) throw new Error('this site has no MUC file');
    original = found.content;
  });
  beforeEach(async () => {
    await lab.hosts.main.must(`rm -f ${MUC}`);
    await putMuc(original);
    for (const node of ['main', 'web1']) await (await site.bridge(node)).converge(site.pool);
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('tells the facts of a node and writes nothing', async () => {
    const before = await dataState(lab);
    const facts = await site.facts('web1');
    expect(facts.dataroot).toBe('/mnt/moodledata');
    expect(facts.versionsHash).toMatch(/^[0-9a-f]{40}$/);
    expect(facts.versionsHash).toBe((await site.facts('main')).versionsHash);
    expect(facts.storePlugins).toHaveProperty('file');
    expect(facts.mucFile.sha256).toBe(await mucHash(lab));
    expect(facts.muc.state === 'ok' && facts.muc.config.modeMappings).toEqual({ 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] });
    expect(facts.datarootMount.fsType).not.toBe('');
    expect(facts.cli.extensions).toHaveProperty('json');
    expect(await dataState(lab)).toBe(before);
  });

  it('tells the site and writes nothing', async () => {
    const before = await dataState(lab);
    const facts = await (await site.bridge('main')).inspect();
    expect(facts.upgradePending).toBe(false);
    expect(facts.mucHashBefore).toBe(facts.mucHashAfter);
    const of = new Map(facts.definitions.map((d) => [d.id, d]));
    expect(of.get('core/string')).toMatchObject({ mode: 1, canUseLocalStore: true, requirements: 0 });
    expect(of.get('core/eventinvalidation')).toMatchObject({ canUseLocalStore: false, requirements: 2 });
    expect(of.get('core/coursecat')).toMatchObject({ mode: 2, requirements: 8 });
    const plugins = new Map(facts.plugins.map((p) => [p.plugin, p]));
    expect(plugins.get('redis')).toEqual({ plugin: 'redis', requirementsMet: true, canAddInstance: true, modes: 3, features: 26 });
    expect(plugins.get('session')).toMatchObject({ canAddInstance: false });
    expect(await dataState(lab)).toBe(before);
  });

  it('stages edits on a private copy: nothing live is written, secrets are hidden, the same edits give the same file', async () => {
    const before = await dataState(lab);
    const secret: MucEdit = {
      edit: 'store',
      action: 'add',
      name: 'app',
      plugin: 'redis',
      configuration: { server: '10.255.255.1:6379', prefix: 'x_', password: { $secret: 'P' } },
      ...WHY,
    };
    const staged = await stage([MAP_STRING, ADD_LOCAL, secret, { edit: 'mode', mode: 1, store: 'app', ...WHY }], { P: PASSWORD });
    expect(await dataState(lab)).toBe(before);
    expect(staged.baseSha256).toBe(await mucHash(lab));
    expect(staged.content.toString()).toContain('10.255.255.1');
    expect(staged.config.definitionMappings).toEqual({ 'core/string': ['local', 'default_application'] });
    expect(staged.config.modeMappings).toEqual({ 1: ['app'], 2: ['default_session'], 4: ['default_request'] });
    expect(staged.diff).toContain('+store "app" (redis)');
    expect(staged.diff).toContain('+definition core/string: local over default_application');
    expect(staged.diff).toContain('password: (hidden)');
    expect(staged.diff + JSON.stringify(staged.config)).not.toContain('gehe');
    const stored = staged.config.stores.find((s) => s.name === 'app')?.configuration;
    expect(stored?.['password']).toBe(`hmac:${createHmac('sha256', HMAC_KEY).update(PASSWORD).digest('hex')}`);
    const again = await stage([ADD_LOCAL, secret, MAP_STRING, { edit: 'mode', mode: 1, store: 'app', ...WHY }], { P: PASSWORD });
    expect(again.sha256).toBe(staged.sha256);
    expect((await lab.hosts.main.must('ls /tmp /var/tmp')).includes('moodle-cluster-wizard')).toBe(false);
    for (const line of site.executor['main']?.seen ?? []) expect(line).not.toContain('gehe');
  });

  it('keeps, changes and hides stored secrets when a store is edited', async () => {
    const add: MucEdit = { edit: 'store', action: 'add', name: 'app', plugin: 'redis', configuration: { server: 'h', password: { $secret: 'P' } }, ...WHY };
    await publish(await stage([add], { P: PASSWORD }));
    const edit = (password: unknown): MucEdit => ({ ...add, action: 'edit', configuration: { server: 'g', password } }) as MucEdit;
    const kept = await stage([edit({ $keep: true })]);
    expect(kept.diff).toContain('+    server: g');
    expect(kept.diff).not.toContain('(changed)');
    const changed = await stage([edit({ $secret: 'Q' })], { Q: 'another' });
    expect(changed.diff).toContain('+    password: (changed)');
    expect((await troubleOf(stage([edit({ $secret: 'Q' })]))).code).toBe('secret-unavailable');
  });

  it('refuses what Moodle would accept and then ignore, and what it refuses itself', async () => {
    expect((await troubleOf(stage([{ edit: 'definition', definition: 'core/nix', stores: ['default_application'], ...WHY }]))).code).toBe('mapping-unsuitable');
    expect((await troubleOf(stage([{ edit: 'definition', definition: 'core/string', stores: ['nix'], ...WHY }]))).code).toBe('mapping-unsuitable');
    expect((await troubleOf(stage([{ edit: 'mode', mode: 4, store: 'default_application', ...WHY }]))).code).toBe('mapping-unsuitable');
    const apcu: MucEdit = { edit: 'store', action: 'add', name: 'a', plugin: 'apcu', configuration: { prefix: 'a_' }, ...WHY };
    const needs = { edit: 'definition', definition: 'core/eventinvalidation', stores: ['a'], ...WHY } as const;
    expect((await troubleOf(stage([apcu, needs]))).message).toContain('lacks what the definition requires');
    expect((await troubleOf(stage([{ ...ADD_LOCAL, plugin: 'nix' } as MucEdit]))).code).toBe('store-unavailable');
    expect((await troubleOf(stage([{ ...ADD_LOCAL, name: 'default_application' } as MucEdit]))).code).toBe('change-failed');
    expect((await troubleOf(stage([ADD_LOCAL, MAP_STRING, { edit: 'remove-store', name: 'local', ...WHY }]))).code).toBe('change-failed');
  });

  it('removes an unmapped store without touching what it points at', async () => {
    await publish(await stage([ADD_LOCAL, MAP_STRING]));
    await lab.hosts.main.must('install -d -o www-data /var/tmp/mdl-local; echo keep > /var/tmp/mdl-local/kept');
    const staged = await stage([
      { edit: 'remove-store', name: 'local', ...WHY },
      { edit: 'definition', definition: 'core/string', stores: [], ...WHY },
    ]);
    expect(staged.config.stores.map((s) => s.name)).not.toContain('local');
    expect(staged.config.definitionMappings).toEqual({});
    expect((await lab.hosts.main.must('cat /var/tmp/mdl-local/kept')).trim()).toBe('keep');
  });

  it('guards what the plan does not name: a store whose plugin is gone here would be erased', async () => {
    await putMuc(
      original
        .toString()
        .replace(
          /'stores' =>\s+array \(/,
          (start) =>
            `${start}\n 'ghost' => array('name' => 'ghost', 'plugin' => 'ghost', 'configuration' => array(), 'modes' => 1, 'features' => 0, 'default' => false),`,
        ),
    );
    const trouble = await troubleOf(stage([ADD_LOCAL]));
    expect(trouble.code).toBe('change-failed');
    expect(trouble.evidence).toContain('store ghost would be gone');
  });

  it("publishes only over the file that it was made for, under Moodle's lock, keeping owner and mode", async () => {
    const staged = await stage([ADD_LOCAL, MAP_STRING]);
    const bridge = await site.bridge('main');
    const before = await mucHash(lab);
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: '0'.repeat(64), mode: '660' }))).code).toBe('muc-moved');
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: null, mode: '660' }))).code).toBe('muc-moved');
    await lab.hosts.main.must('mkdir -p /mnt/moodledata/cache/filelocks && touch /mnt/moodledata/cache/filelocks/configwrite.lock', { user: 'www-data' });
    const stale = await troubleOf(bridge.publish({ content: staged.content, expected: before, mode: '660' }));
    expect([stale.code, stale.message]).toEqual(['muc-lock-stale', expect.stringContaining('/mnt/moodledata/cache/filelocks/configwrite.lock')]);
    await lab.hosts.main.must('rm /mnt/moodledata/cache/filelocks/configwrite.lock');
    expect(await mucHash(lab)).toBe(before);
    expect(await publish(staged)).toEqual({ sha256: staged.sha256 });
    expect(await mucHash(lab)).toBe(staged.sha256);
    expect((await lab.hosts.main.must(`stat -c '%U %a' ${MUC}; ls -A /mnt/moodledata/muc /mnt/moodledata/cache/filelocks`)).trim().split('\n')).toEqual([
      'www-data 660',
      '/mnt/moodledata/cache/filelocks:',
      '',
      '/mnt/moodledata/muc:',
      'config.php',
    ]);
  });

  it('follows no planted link', async () => {
    const staged = await stage([ADD_LOCAL]);
    await lab.hosts.main.must(
      `install -o www-data /dev/null /var/tmp/target; rm ${MUC}; ln -s /var/tmp/target ${MUC}; ln -s /var/tmp/target /mnt/moodledata/muc/moodle-cluster-wizard.lock`,
      { user: 'root' },
    );
    const bridge = await site.bridge('main');
    expect((await troubleOf(bridge.publish({ content: staged.content, expected: staged.baseSha256, mode: null }))).code).toBe('muc-corrupt');
    expect((await troubleOf(bridge.readMuc())).code).toBe('muc-corrupt');
    await troubleOf(bridge.lock({ token: 't', run: 'r', user: 'u', host: 'h', pid: 1, processStart: 'p', since: 's' }));
    expect((await lab.hosts.main.must('stat -c %s /var/tmp/target')).trim()).toBe('0');
    expect((await site.facts('main')).muc.state).toBe('corrupt');
    await lab.hosts.main.must('rm /mnt/moodledata/muc/moodle-cluster-wizard.lock');
  });

  it('tells a missing or broken file from a good one, and can replace both', async () => {
    const bridge = await site.bridge('main');
    const staged = await stage([ADD_LOCAL]);
    for (const broken of [
      '<?php $configuration = array(',
      '<?php exit(3);',
      '',
      "<?php $configuration = array('stores' => array());",
      '<?php throw new Exception("x");',
    ]) {
      await putMuc(broken);
      expect((await site.facts('web1')).muc.state).toBe('corrupt');
      expect((await troubleOf(bridge.inspect())).code).toBe('muc-corrupt');
      expect(await bridge.convergeCli()).toMatchObject({ runsHash: broken.includes('stores') ? expect.any(String) : null, opcache: 'off' });
      const hash = await mucHash(lab);
      expect(await bridge.publish({ content: staged.content, expected: hash, mode: '660' })).toEqual({ sha256: staged.sha256 });
    }
    await lab.hosts.main.must(`rm ${MUC}`);
    expect(await bridge.readMuc()).toBeNull();
    expect((await site.facts('main')).muc.state).toBe('missing');
    expect((await bridge.inspect()).mucHashBefore).toBe('');
    const fresh = await stage([ADD_LOCAL]);
    expect(fresh.baseSha256).toBeNull();
    expect(fresh.config.siteIdentifier).toBe((await bridge.inspect()).siteIdentifier);
    expect((await troubleOf(bridge.proveCli({ stores: [], definitions: [] }))).code).toBe('muc-corrupt');
    expect(await bridge.readMuc()).toBeNull();
    await publish(fresh);
    expect(await mucHash(lab)).toBe(fresh.sha256);
  });

  it('locks once, tells the holder everywhere, and unlocks only for its token', async () => {
    const [here, there] = [await site.bridge('main'), await site.bridge('web1')];
    const holder = { token: 't1', run: 'r', user: 'root', host: 'main', pid: 3, processStart: '9', since: '2026-01-01T00:00:00Z' };
    await here.lock(holder);
    await here.lock(holder);
    const held = await troubleOf(there.lock({ ...holder, token: 't2' }));
    expect([held.code, held.message]).toEqual(['lock-held', expect.stringContaining('root on main')]);
    expect(await there.lockHolder()).toEqual(holder);
    expect((await site.facts('web1')).wizardLock.holder).toEqual(holder);
    expect(await there.unlock('t2')).toBe(false);
    expect(await there.unlock('t1')).toBe(true);
    expect(await there.lockHolder()).toBeNull();
  });

  it('converges every SAPI of every node, also with validate_timestamps=0', async () => {
    const ini =
      "v=$(ls /etc/php); echo 'opcache.validate_timestamps=0' > /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm";
    await lab.hosts.web1.must(ini);
    const page = 'curl -s -o /dev/null -w "%{http_code}" -H "Host: moodle.lab" http://127.0.0.1/login/index.php';
    expect(await lab.hosts.web1.must(page)).toBe('200');
    const staged = await stage([ADD_LOCAL, MAP_STRING]);
    await publish(staged);
    const truth = await (await site.bridge('main')).convergeCli();
    expect(truth).toMatchObject({ diskHash: staged.sha256, opcache: 'off' });
    for (const node of ['main', 'web1']) {
      const web = await (await site.bridge(node)).converge(site.pool);
      expect(web).toEqual({ diskHash: staged.sha256, runsHash: truth.runsHash, opcache: 'invalidated' });
      const proof = await (await site.bridge(node)).proveWeb(site.pool, { stores: ['local'], definitions: ['core/string'] });
      expect(proof.effective).toEqual({ 'core/string': ['local', 'default_application'] });
    }
    await lab.hosts.web1.must(
      "v=$(ls /etc/php); echo 'opcache.restrict_api=/nowhere' > /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm",
    );
    expect((await (await site.bridge('web1')).converge(site.pool)).opcache).toBe('refused');
    await lab.hosts.web1.must('v=$(ls /etc/php); rm /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm');
  });

  it('proves stores in web SAPI and CLI with values that travel between nodes, and tells falling back', async () => {
    const app: MucEdit = {
      edit: 'store',
      action: 'add',
      name: 'app',
      plugin: 'redis',
      configuration: { server: `${lab.hosts.cache1.ip}:6379`, prefix: 'lab_', password: { $secret: 'P' }, serializer: 1 },
      ...WHY,
    };
    const apcu: MucEdit = { edit: 'store', action: 'add', name: 'fast', plugin: 'apcu', configuration: { prefix: 'lab_f_' }, ...WHY };
    await publish(
      await stage(
        [app, apcu, { edit: 'mode', mode: 1, store: 'app', ...WHY }, { edit: 'definition', definition: 'core/string', stores: ['fast', 'app'], ...WHY }],
        { P: 'geheim1234' },
      ),
    );
    const [main, web1] = [await site.bridge('main'), await site.bridge('web1')];
    await Promise.all([main.converge(site.pool), web1.converge(site.pool)]);
    const ask = { stores: ['app', 'fast', 'default_application', 'default_session'], definitions: ['core/string', 'core/config', 'core/coursecat'] };
    const written = await main.proveCli({ ...ask, write: 'key-1' });
    expect(written.sapi).toBe('cli');
    expect(written.stores['app']).toMatchObject({ requirementsMet: true, ready: true, roundTrip: true, error: null });
    expect(written.stores['fast']).toMatchObject({ ready: true, roundTrip: true });
    const read = await web1.proveWeb(site.pool, { ...ask, read: { app: ['key-1', 'never'] }, clean: { app: ['key-1'] } });
    expect(read.sapi).toBe('fpm-fcgi');
    expect(read.stores['app']?.read).toEqual({ 'key-1': true, never: false });
    expect(read.effective).toEqual({ 'core/string': ['fast', 'app'], 'core/config': ['app'], 'core/coursecat': ['default_session'] });
    expect((await main.proveCli({ ...ask, read: { app: ['key-1'] } })).stores['app']?.read).toEqual({ 'key-1': false });

    const items = [
      { store: 'app', definitions: ['core/config', 'core/databasemeta'] },
      { store: 'fast', definitions: ['core/string'] },
    ];
    const emptied = await main.empty(items, 'live');
    expect(emptied.emptied).toHaveLength(2);
    expect(emptied.owed).toEqual([{ store: 'fast', definition: 'core/string', code: 'web-only', why: expect.stringContaining('web server') }]);
    expect((await web1.emptyWeb(site.pool, items.slice(1))).emptied).toEqual([{ store: 'fast', definition: 'core/string' }]);
    expect((await main.empty([{ store: 'default_application', definitions: ['core/string'] }], { base: original })).emptied).toHaveLength(1);

    await lab.hosts.cache1.must('systemctl stop redis-server');
    const dead = await web1.proveWeb(site.pool, { ...ask, write: 'key-2' });
    expect(dead.stores['app']).toMatchObject({ requirementsMet: true, ready: false });
    expect(dead.stores['app']?.error).toBeTruthy();
    expect(dead.stores['default_application']).toMatchObject({ ready: true, roundTrip: true });
    expect(dead.effective['core/config']).not.toContain('app');
    expect((await main.empty(items.slice(0, 1), 'live')).owed).toHaveLength(2);
    // The file can be put right while its store is dead.
    const back = await stage([
      { edit: 'mode', mode: 1, store: 'default_application', ...WHY },
      { edit: 'definition', definition: 'core/string', stores: [], ...WHY },
      { edit: 'remove-store', name: 'app', ...WHY },
    ]);
    expect(back.config.stores.map((s) => s.name)).not.toContain('app');
    await lab.hosts.cache1.must('systemctl start redis-server');
  });

  it('asks services by their own protocols and says in words why one cannot be used', async () => {
    const host = lab.hosts.cache1.ip;
    const mongo = await mongoForTests({ host: lab.gateway });
    await lab.hosts.cache1.must(
      "apt-get install -y -q memcached >/dev/null; sed -i 's/^-l .*/-l 0.0.0.0/' /etc/memcached.conf; systemctl restart memcached; for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :11211 && break; sleep 1; done",
    );
    const redis = { service: 'r', plugin: 'redis', host, port: 6379 };
    const facts = await site.reach('web1', [
      { ...redis, password: 'geheim1234' },
      { ...redis, password: 'wrong' },
      redis,
      { ...redis, port: 6390 },
      { ...redis, host: 'no-such-host.lab' },
      { ...redis, port: 11211 },
      { service: 'm', plugin: 'memcached', host, port: 11211 },
      { service: 'm', plugin: 'memcached', host, port: 6379 },
      { service: 'd', plugin: 'mongodb', host: mongo.host, port: mongo.port },
      { service: 'd', plugin: 'mongodb', host, port: 11211 },
    ]);
    await mongo.stop();
    expect(
      facts.map((f) => f.ok),
      JSON.stringify(facts.map((f) => f.error)),
    ).toEqual([true, false, false, false, false, false, true, false, true, false]);
    expect(facts[0]).toMatchObject({ version: expect.stringMatching(/^\d/), info: { config_maxmemory: '0', role: 'master' } });
    expect(facts.slice(1, 6).map((f) => f.error)).toEqual([
      'wrong password',
      expect.stringContaining('asks for a password'),
      expect.stringContaining('refused'),
      'the name does not resolve',
      expect.stringContaining('does not speak Redis'),
    ]);
    expect(facts[6]).toMatchObject({ version: expect.stringMatching(/^1\./), info: { limit_maxbytes: '67108864', settings_item_size_max: '1048576' } });
    expect(facts[8]).toMatchObject({ version: expect.stringMatching(/^\d/), info: { maxWireVersion: expect.stringMatching(/^\d+$/) } });
  });

  it('proves in the web SAPI under CLI maintenance, leaving no session', async () => {
    const sessions = 'ls /mnt/moodledata/sessions 2>/dev/null | wc -l';
    const before = await lab.hosts.main.must(sessions);
    await lab.hosts.main.must('echo closed > /mnt/moodledata/climaintenance.html', { user: 'www-data' });
    const web1 = await site.bridge('web1');
    const ask = { stores: ['default_application'], definitions: ['core/string'], write: 'k' };
    expect(await web1.proveWeb(site.pool, ask)).toMatchObject({ sapi: 'fpm-fcgi', effective: { 'core/string': ['default_application'] } });
    await lab.hosts.main.must('rm /mnt/moodledata/climaintenance.html');
    expect(await web1.proveWeb(site.pool, ask)).toMatchObject({ sapi: 'fpm-fcgi' });
    expect(await lab.hosts.main.must(sessions)).toBe(before);
  });

  it.each([
    ['behind a proxy that ends TLS', { wwwroot: 'https://moodle.lab', lines: ["$CFG->wwwroot = 'https://moodle.lab';", '$CFG->sslproxy = true;'] }],
    ['behind a reverse proxy', { wwwroot: 'http://moodle.lab', lines: ['$CFG->reverseproxy = true;'] }],
    ['in a folder of the host, on a port', { wwwroot: 'http://moodle.lab:8080/school', lines: ["$CFG->wwwroot = 'http://moodle.lab:8080/school';"] }],
  ])('is taken for a page of the site %s', async (_words, { wwwroot, lines }) => {
    const config = '/var/www/moodle/config.php';
    await lab.hosts.web1.must(`cp -p ${config} /root/config.saved`);
    for (const line of lines) await lab.hosts.web1.must(['sed', '-i', `/setup.php/i ${line}`, config]);
    await (await site.bridge('web1')).converge(site.pool);
    await lab.hosts.web1.must('systemctl reset-failed; v=$(ls /etc/php); systemctl restart php$v-fpm');
    const facts = await site.facts('web1');
    expect(facts.wwwroot).toBe(wwwroot);
    const calls = (): number => (site.executor['web1']?.seen ?? []).filter((line) => line.includes('fcgi-call')).length;
    const earlier = calls();
    const proof = await (await site.bridge('web1', { facts })).proveWeb(site.pool, {
      stores: ['default_application'],
      definitions: ['core/string'],
      write: 'k',
    });
    expect(proof).toMatchObject({ sapi: 'fpm-fcgi', stores: { default_application: { roundTrip: true } } });
    // A second call would mean that Moodle sent the first one away.
    expect(calls()).toBe(earlier + 1);
    await lab.hosts.web1.must(`cp -p /root/config.saved ${config}; v=$(ls /etc/php); systemctl restart php$v-fpm`);
  });

  it("answers only the run's token, and never as root", async () => {
    expect((await troubleOf((await site.bridge('web1', { webToken: 'some other token, also long' })).converge(site.pool))).code).toBe('outcome-unknown');
    expect((await troubleOf((await site.bridge('web1', { webUser: 'root' })).readMuc())).message).toContain('not as root');
  });

  it('names what keeps a pool from answering', async () => {
    const conf = site.pool.configFile;
    const { unit } = site.pool;
    const web1 = await site.bridge('web1');
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['php_admin_value[open_basedir] = /var/www:/mnt/moodledata:/tmp', 'platform-refused', /open_basedir/],
      ['security.limit_extensions = .php7', 'platform-refused', /limit_extensions/],
      ['chroot = /var/www', 'platform-refused', /chroot/],
    ];
    for (const [line, code, words] of cases) {
      await lab.hosts.web1.must(`cp ${conf} /root/pool.saved; echo '${line}' >> ${conf}; systemctl reset-failed ${unit}; systemctl restart ${unit}`);
      const trouble = await troubleOf(web1.converge(site.pool));
      expect([trouble.code, trouble.message]).toEqual([code, expect.stringMatching(words)]);
      await lab.hosts.web1.must(`cp /root/pool.saved ${conf}; systemctl reset-failed ${unit}; systemctl restart ${unit}`);
    }
    await lab.hosts.web1.must(`systemctl reset-failed ${unit}; systemctl stop ${unit}`);
    expect((await troubleOf(web1.converge(site.pool))).code).toBe('service-unreachable');
    await lab.hosts.web1.must(`systemctl start ${unit}`);
  });
});
