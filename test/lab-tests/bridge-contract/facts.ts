/** What the bridge tells of a node and of the site; telling writes nothing. */

import { expect, it } from 'vitest';
import { dataState, mucHash } from '../bridge-lab.js';
import type { BridgeSuite } from './suite.js';

export function factsTests(suite: BridgeSuite): void {
  it('tells the facts of a node and writes nothing', async () => {
    const before = await dataState(suite.lab);
    const facts = await suite.site.facts('web1');
    expect(facts.dataroot).toBe('/mnt/moodledata');
    expect(facts.versionsHash).toMatch(/^[0-9a-f]{40}$/);
    expect(facts.versionsHash).toBe((await suite.site.facts('main')).versionsHash);
    expect(facts.storePlugins).toHaveProperty('file');
    expect(facts.mucFile.sha256).toBe(await mucHash(suite.lab));
    expect(facts.muc.state === 'ok' && facts.muc.config.modeMappings).toEqual({ 1: ['default_application'], 2: ['default_session'], 4: ['default_request'] });
    expect(facts.datarootMount.fsType).not.toBe('');
    expect(facts.cli.extensions).toHaveProperty('json');
    expect(await dataState(suite.lab)).toBe(before);
  });

  it('tells the site and writes nothing', async () => {
    const before = await dataState(suite.lab);
    const facts = await (await suite.site.bridge('main')).inspect();
    expect(facts.upgradePending).toBe(false);
    expect(facts.mucHashBefore).toBe(facts.mucHashAfter);
    const of = new Map(facts.definitions.map((d) => [d.id, d]));
    expect(of.get('core/string')).toMatchObject({ mode: 1, canUseLocalStore: true, requirements: 0 });
    expect(of.get('core/eventinvalidation')).toMatchObject({ canUseLocalStore: false, requirements: 2 });
    expect(of.get('core/coursecat')).toMatchObject({ mode: 2, requirements: 8 });
    const plugins = new Map(facts.plugins.map((p) => [p.plugin, p]));
    expect(plugins.get('redis')).toEqual({ plugin: 'redis', requirementsMet: true, canAddInstance: true, modes: 3, features: 26 });
    expect(plugins.get('session')).toMatchObject({ canAddInstance: false });
    expect(await dataState(suite.lab)).toBe(before);
  });
}
