/** Services asked by their own protocols, from a node. */

import { expect, it } from 'vitest';
import { mongoForTests } from '../../mongodb-stand-in/index.js';
import { type BridgeSuite, REDIS_PASSWORD } from './suite.js';

export function servicesTests(suite: BridgeSuite): void {
  it('asks services by their own protocols and says in words why one cannot be used', async () => {
    const host = suite.lab.hosts.cache1.ip;
    const mongo = await mongoForTests({ host: suite.lab.gateway });
    await suite.lab.hosts.cache1.must(
      "apt-get install -y -q memcached >/dev/null; sed -i 's/^-l .*/-l 0.0.0.0/' /etc/memcached.conf; systemctl restart memcached; for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :11211 && break; sleep 1; done",
    );
    const redis = { service: 'r', plugin: 'redis', host, port: 6379 };
    const facts = await suite.site.reach('web1', [
      { ...redis, password: REDIS_PASSWORD },
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
    // No cache extension of PHP is installed: the service answers, and its login stays unchecked.
    expect(facts[8]).toMatchObject({ unchecked: expect.stringContaining('PHP extension mongodb is not installed'), connectMs: expect.any(Number) });
    expect(facts[8]?.version).toBeUndefined();
    expect(facts[9]?.error).toMatch(/does not speak MongoDB|timeout|closed/);
  });
}
