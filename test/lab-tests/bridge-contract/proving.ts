/** Every process of every node uses the new file, and its stores are proven there. */

import { expect, it } from 'vitest';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { ADD_LOCAL, type BridgeSuite, MAP_STRING, REDIS_PASSWORD, WHY } from './suite.js';

export function provingTests(suite: BridgeSuite): void {
  const { stage, publish } = suite;

  it('converges every SAPI of every node, also with validate_timestamps=0', async () => {
    const ini =
      "v=$(ls /etc/php); echo 'opcache.validate_timestamps=0' > /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm";
    await suite.lab.hosts.web1.must(ini);
    const page = 'curl -s -o /dev/null -w "%{http_code}" -H "Host: moodle.lab" http://127.0.0.1/login/index.php';
    expect(await suite.lab.hosts.web1.must(page)).toBe('200');
    const staged = await stage([ADD_LOCAL, MAP_STRING]);
    await publish(staged);
    const truth = await (await suite.site.bridge('main')).convergeCli();
    expect(truth).toMatchObject({ diskHash: staged.sha256, opcache: 'off' });
    for (const node of ['main', 'web1']) {
      const web = await (await suite.site.bridge(node)).converge(suite.site.pool);
      expect(web).toEqual({ diskHash: staged.sha256, runsHash: truth.runsHash, opcache: 'invalidated' });
      const proof = await (await suite.site.bridge(node)).proveWeb(suite.site.pool, { stores: ['local'], definitions: ['core/string'] });
      expect(proof.effective).toEqual({ 'core/string': ['local', 'default_application'] });
    }
    await suite.lab.hosts.web1.must(
      "v=$(ls /etc/php); echo 'opcache.restrict_api=/nowhere' > /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm",
    );
    expect((await (await suite.site.bridge('web1')).converge(suite.site.pool)).opcache).toBe('refused');
    await suite.lab.hosts.web1.must(
      'v=$(ls /etc/php); rm /etc/php/$v/fpm/conf.d/99-contract.ini; systemctl reset-failed php$v-fpm; systemctl restart php$v-fpm',
    );
  });

  it('proves stores in web SAPI and CLI with values that travel between nodes, and tells falling back', async () => {
    const app: MucEdit = {
      edit: 'store',
      action: 'add',
      name: 'app',
      plugin: 'redis',
      configuration: { server: `${suite.lab.hosts.cache1.ip}:6379`, prefix: 'lab_', password: { $secret: 'P' }, serializer: 1 },
      ...WHY,
    };
    const apcu: MucEdit = { edit: 'store', action: 'add', name: 'fast', plugin: 'apcu', configuration: { prefix: 'lab_f_' }, ...WHY };
    await publish(
      await stage(
        [app, apcu, { edit: 'mode', mode: 1, store: 'app', ...WHY }, { edit: 'definition', definition: 'core/string', stores: ['fast', 'app'], ...WHY }],
        { P: REDIS_PASSWORD },
      ),
    );
    const [main, web1] = [await suite.site.bridge('main'), await suite.site.bridge('web1')];
    await Promise.all([main.converge(suite.site.pool), web1.converge(suite.site.pool)]);
    const ask = { stores: ['app', 'fast', 'default_application', 'default_session'], definitions: ['core/string', 'core/config', 'core/coursecat'] };
    const written = await main.proveCli({ ...ask, write: 'key-1' });
    expect(written.sapi).toBe('cli');
    expect(written.stores['app']).toMatchObject({ requirementsMet: true, ready: true, roundTrip: true, error: null });
    expect(written.stores['fast']).toMatchObject({ ready: true, roundTrip: true });
    const read = await web1.proveWeb(suite.site.pool, { ...ask, read: { app: ['key-1', 'never'] }, clean: { app: ['key-1'] } });
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
    expect((await web1.emptyWeb(suite.site.pool, items.slice(1))).emptied).toEqual([{ store: 'fast', definition: 'core/string' }]);
    expect((await main.empty([{ store: 'default_application', definitions: ['core/string'] }], { base: suite.original })).emptied).toHaveLength(1);

    await suite.lab.hosts.cache1.must('systemctl stop redis-server');
    const dead = await web1.proveWeb(suite.site.pool, { ...ask, write: 'key-2' });
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
    await suite.lab.hosts.cache1.must('systemctl start redis-server');
  });
}
