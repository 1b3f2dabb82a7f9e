/** Edits staged on a private copy: what they give, what is hidden, what is refused, and that nothing live is touched. */

import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { dataState, HMAC_KEY, mucHash } from '../bridge-lab.js';
import { ADD_LOCAL, type BridgeSuite, MAP_STRING, troubleOf, WHY } from './suite.js';

const PASSWORD = 'gehe"im \\ $x';

export function stagingTests(suite: BridgeSuite): void {
  const { putMuc, stage, publish } = suite;

  it('stages edits on a private copy: nothing live is written, secrets are hidden, the same edits give the same file', async () => {
    const before = await dataState(suite.lab);
    const secret: MucEdit = {
      edit: 'store',
      action: 'add',
      name: 'app',
      plugin: 'redis',
      configuration: { server: '10.255.255.1:6379', prefix: 'x_', password: { $secret: 'P' } },
      ...WHY,
    };
    const staged = await stage([MAP_STRING, ADD_LOCAL, secret, { edit: 'mode', mode: 1, store: 'app', ...WHY }], { P: PASSWORD });
    expect(await dataState(suite.lab)).toBe(before);
    expect(staged.baseSha256).toBe(await mucHash(suite.lab));
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
    expect((await suite.lab.hosts.main.must('ls /tmp /var/tmp')).includes('moodle-cluster-wizard')).toBe(false);
    for (const line of suite.site.executor['main']?.seen ?? []) expect(line).not.toContain('gehe');
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
    await suite.lab.hosts.main.must('install -d -o www-data /var/tmp/mdl-local; echo keep > /var/tmp/mdl-local/kept');
    const staged = await stage([
      { edit: 'remove-store', name: 'local', ...WHY },
      { edit: 'definition', definition: 'core/string', stores: [], ...WHY },
    ]);
    expect(staged.config.stores.map((s) => s.name)).not.toContain('local');
    expect(staged.config.definitionMappings).toEqual({});
    expect((await suite.lab.hosts.main.must('cat /var/tmp/mdl-local/kept')).trim()).toBe('keep');
  });

  it('guards what the plan does not name: a store whose plugin is gone here would be erased', async () => {
    await putMuc(
      suite.original
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
}
