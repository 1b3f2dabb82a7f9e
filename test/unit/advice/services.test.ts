/** How large a cache service should be: by what the caches hold. */

import { describe, expect, it } from 'vitest';
import { measuredFindings } from '../../../src/advice/findings.js';
import { adviceContext } from '../../../src/advice/gather.js';
import { adviseServices, serviceLine } from '../../../src/advice/services.js';
import type { ServiceAdvice } from '../../../src/core/advice.js';
import type { DefinitionSize } from '../../../src/core/measure.js';
import { remedy } from '../../../src/core/remedy.js';
import { answersOf, inputOf } from './fixture.js';
import { measurements } from './measured.js';

const KB = 1024;
const size = (definition: string, items: number, kb: number, maxKb = kb): DefinitionSize => ({
  definition,
  store: 'default_application',
  items,
  meanBytes: kb * KB,
  maxBytes: maxKb * KB,
  atLeast: false,
});
const SLOW = { shared: 2, local: 0.02, page: 200, services: { 'distance:cache1': { ms: 0.1, via: 'tcp' as const } } };
const REDIS = (memory: string) =>
  `services: [{name: redis1, plugin: redis, node: cache1, manage: true, memory: ${memory}}]\nneeds: {users: 5000, sharedDisk: measure}\n`;
const NONE = 'needs: {users: 5000, sharedDisk: measure}\n';

function context(answers: string, courses: number, definitions: readonly DefinitionSize[]) {
  const measured = measurements({ ...SLOW, use: { courses, definitions } });
  const { cluster, answers: read, facts } = inputOf(answers, { measured });
  return adviceContext(cluster, read, facts);
}

describe('the size of a cache service', () => {
  it('is four times what the caches would hold with every course in use', () => {
    const [service] = adviseServices(context(NONE, 1000, [size('core/string', 200, 50), size('core/coursemodinfo', 100, 100)]));
    // 9.8 MB of strings, 97.7 MB of 1000 courses: 430 MB.
    expect(service).toMatchObject({ memoryMb: 512, policy: 'allkeys-lru', listed: false });
    expect(service?.why).toContain('the caches hold 20 MB now, about 107 MB with all 1000 courses');
  });

  it('is no more than a quarter of the machine, and says so', () => {
    const [service] = adviseServices(context(NONE, 9000, [size('core/coursemodinfo', 100, 100)]));
    expect(service?.memoryMb).toBe(1024);
    expect(service?.why).toContain('but cache1 has 1024 MB to spare');
  });

  it('is a line that the answers file takes, Redis with the password that it must have', () => {
    const base = { node: 'cache1', memoryMb: 256, listed: false, why: '' } as const;
    const line = (advice: ServiceAdvice) => serviceLine(advice).replace(/\}.*$/, '}');
    const read = (advice: ServiceAdvice) => answersOf(`services: [${line(advice)}]\nsecrets: {redisPassword: "env:X"}\n`).answers.services;
    const [memcached] = read({ ...base, name: 'memcached1', plugin: 'memcached', maxItemMb: 3 }) ?? [];
    expect(memcached).toEqual({ name: 'memcached1', plugin: 'memcached', node: 'cache1', manage: true, memory: '256M', maxItemSize: '3M' });
    const [redis] = read({ ...base, name: 'redis1', plugin: 'redis', policy: 'allkeys-lru' }) ?? [];
    expect(redis).toEqual({ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '256M', password: 'secret:redisPassword' });
    expect(serviceLine({ ...base, name: 'redis1', plugin: 'redis' })).toContain('and redisPassword under secrets');
  });

  it('is not taken from a look that was cut short', () => {
    const [service] = adviseServices(context(NONE, 10, [{ ...size('core/htmlpurifier', 400, 4), atLeast: true }]));
    expect(service?.memoryMb).toBe(512);
    expect(service?.why).toContain('more that was not counted');
    expect(service?.why).not.toContain('room to grow');
  });

  it('counts a definition once, and for a memcached only what fits it', () => {
    const twice = [size('core/string', 100, 1000), { ...size('core/string', 100, 1000), store: 'localdisk' }, size('core/coursemodinfo', 1000, 1000)];
    const memcached = 'services: [{name: mc1, plugin: memcached, node: cache1, manage: true, memory: 128M}]\nneeds: {users: 5000, sharedDisk: measure}\n';
    const [service] = adviseServices(context(memcached, 1000, twice));
    // 97.7 MB of strings, once.
    expect(service).toMatchObject({ memoryMb: 512, maxItemMb: 4, listed: true });
    expect(service).not.toHaveProperty('policy');
  });

  it('tells of a listed one that would be full soon, and of no other', () => {
    const held = [size('core/coursemodinfo', 1000, 100)];
    const found = (memory: string) => measuredFindings(context(REDIS(memory), 1000, held)).filter((f) => f.id.includes('service-size'));
    expect(found('128M')).toMatchObject([
      { level: 'warning', is: expect.stringContaining('128 MB; the caches hold 98 MB'), todo: remedy`Set memory: 512M for redis1 under services.` },
    ]);
    expect(found('256M')).toEqual([]);
  });

  it('says nothing of a listed one where nothing was measured', () => {
    expect(adviseServices(context(REDIS('128M'), 1000, []))).toEqual([]);
  });
});
