/** Advice from numbers: what differs between disks, distances, sites and aims. */

import { describe, expect, it } from 'vitest';
import { advise } from '../../../src/advice/advise.js';
import type { Advice } from '../../../src/core/advice.js';
import { inputOf, MEMCACHED, REDIS, type SiteOptions, siteFacts } from './fixture.js';
import { measurements, type Numbers } from './measured.js';

const FAST: Numbers = { shared: 0.03, local: 0.025, page: 45 };
const SLOW: Numbers = { shared: 1.2, local: 0.03, page: 180, fsType: 'fuse.sshfs' };
const near = { redis1: { ms: 0.06 } };
const far = { redis1: { ms: 6 } };

const adviceOf = (yaml: string, numbers: Numbers, options: SiteOptions = {}): Advice => inputOf(yaml, { ...options, measured: measurements(numbers) }).advice;
const stores = (advice: Advice, id: string) => advice.definitions.find((d) => d.definition === id)?.stores;
const changes = (advice: Advice) => advice.definitions.filter((d) => d.changes).length;

describe('advice from measurement', () => {
  it('leaves a fast disk as it is, even with a Redis listed, and says why with the numbers', () => {
    const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { ...FAST, services: near });
    expect(advice.modes[0]?.store).toBe('default_application');
    expect(changes(advice)).toBe(0);
    expect(advice.summary).toContain('0.03 ms from the shared disk');
    expect(advice.summary).toContain('Leave it as it is');
    expect(advice.modes[0]?.reason).toContain('"redis1" is listed, but the measurements show no gain');
  });

  it('moves to a near Redis when the disk is slow', () => {
    const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { ...SLOW, services: near });
    expect(advice.modes[0]?.store).toBe('redis1');
    expect(advice.summary).toMatch(/1\.2 ms from the shared disk.*slow/);
    expect(advice.modes[0]?.reason).toMatch(/spends about \d+ ms on reading caches; with "redis1".* \d+ ms less/);
  });

  it('does not go to a Redis that is farther away than the slow disk, but to the local disk', () => {
    const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { ...SLOW, services: far });
    expect(advice.modes[0]?.store).toBe('default_application');
    expect(stores(advice, 'core/coursemodinfo')).toEqual(['localdisk', 'default_application']);
    expect(stores(advice, 'core/string')?.at(-1)).toBe('default_application');
    expect(stores(advice, 'core/config')).toEqual([]);
  });

  it('suggests no service for 30 people on a slow disk, and one for 5000', () => {
    const way = { 'distance:cache1': { ms: 0.1, via: 'tcp' as const } };
    const small = adviceOf('needs: {users: 30, sharedDisk: measure}\n', { ...SLOW, services: way });
    const large = adviceOf('needs: {users: 5000, sharedDisk: measure}\n', { ...SLOW, services: way });
    expect(small.summary).not.toContain('worth setting up');
    expect(changes(small)).toBeGreaterThan(0);
    expect(large.summary).toContain('Redis server');
    const service = (users: number) => {
      const options = { measured: measurements({ ...SLOW, services: way }) };
      const { cluster, answers } = inputOf(`needs: {users: ${users}, sharedDisk: measure}\n`, options);
      return advise(cluster, answers, siteFacts(options)).services;
    };
    expect(service(30)).toEqual([]);
    expect(service(5000)).toMatchObject([{ plugin: 'redis', node: 'cache1' }]);
  });

  it('goes the way that needs no service that is not there, and says all the same that one is worth setting up', () => {
    const of = (shared: number, distance: number) =>
      adviceOf('needs: {users: 5000, sharedDisk: measure}\n', { ...SLOW, shared, services: { 'distance:cache1': { ms: distance, via: 'tcp' } } });
    // With Redis near, nothing private would be worth it over it; without it, much is.
    for (const advice of [of(1.2, 0.02), of(1.2, 0.1), of(5, 0.4)]) {
      expect(advice.modes[0]?.store).toBe('default_application');
      expect(stores(advice, 'core/coursemodinfo')).toEqual(['localdisk', 'default_application']);
      expect(advice.summary).toMatch(/with files on the shared disk, with the local disk over it: [\d.]+ ms.*; with a Redis server/);
      expect(advice.summary).toContain('a Redis server for the shared caches is worth setting up: list it under services: {name: redis1');
    }
  });

  it('takes nothing for a local disk that was found to be reached over the network', () => {
    const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { ...SLOW, localFsType: 'nfs4', services: far });
    expect(advice.definitions.every((d) => !d.stores.includes('localdisk'))).toBe(true);
    expect(advice.summary).not.toContain('from a local one');
  });

  it('says that no page was measured, and why, wherever it cites the time of one', () => {
    const { page: _none, ...blind } = SLOW;
    const of = (errors: readonly string[]) => {
      const advice = adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure}\n`, { ...blind, services: near, errors });
      return [advice.summary, advice.modes[0]?.reason ?? ''];
    };
    for (const text of of(['disks: no', 'pages: /login/index.php answers 303 to https://sso.example.org/']))
      expect(text).toContain('(no page was measured: on main /login/index.php answers 303 to https://sso.example.org/; 60 ms a page is assumed)');
    for (const text of of([])) {
      expect(text).toContain('(no page was measured; 60 ms a page is assumed)');
      expect(text).not.toContain('measured page took');
      expect(text).not.toContain('A page of 60 ms');
    }
    expect(adviceOf('needs: {users: 300, sharedDisk: measure}\n', SLOW).summary).not.toContain('no page was measured');
  });

  it('follows the aim', () => {
    const numbers: Numbers = { shared: 0.12, local: 0.03, page: 60, services: near };
    const of = (aim: string) => adviceOf(`${REDIS}needs: {users: 300, sharedDisk: measure, aim: ${aim}}\n`, numbers);
    expect(changes(of('few-changes'))).toBe(0);
    expect(changes(of('fastest'))).toBeGreaterThan(0);
    const touched = (['few-changes', 'balanced', 'fastest'] as const).map((aim) => `${of(aim).modes[0]?.store} ${changes(of(aim))}`);
    expect(new Set(touched).size).toBeGreaterThan(1);
  });

  it('lets the administrator say how fast the disk is, whatever was measured', () => {
    expect(adviceOf(`${REDIS}needs: {users: 300, sharedDisk: slow}\n`, { ...FAST, services: near }).modes[0]?.store).toBe('redis1');
  });

  it('keeps off a memcached what is larger than it takes', () => {
    const options: SiteOptions = { version: '3.8.5', extensions: ['memcached'] };
    const size = (maxBytes: number) => ({
      definitions: [{ definition: 'core/string', store: 'default_application', items: 9, meanBytes: 9000, maxBytes, atLeast: false }],
    });
    const mem = (itemMax: number) => ({ mem1: { plugin: 'memcached', ms: 0.05, itemMax } });
    const yaml = `${MEMCACHED}needs: {users: 300, sharedDisk: measure}\n`;
    const of = (itemMax: number, maxBytes: number) =>
      adviceOf(yaml, { ...SLOW, services: mem(itemMax), use: size(maxBytes) }, options).definitions.find((d) => d.definition === 'core/string');
    expect(of(1_048_576, 1_600_000)?.stores).not.toContain('mem1');
    expect(of(1_048_576, 1_600_000)?.reason).toContain('1.5 MB');
    expect(of(4_194_304, 1_600_000)?.stores).toContain('mem1');
  });

  it('takes the people of the site itself where no number was answered', () => {
    const of = (use: Numbers['use'], yaml = 'needs: {sharedDisk: measure}\n') => adviceOf(yaml, { ...FAST, ...(use ? { use } : {}) }).summary;
    expect(of({ activeHour: 12, activeDay: 400 })).toContain(
      "According to the site's database (12 in the last hour, 400 in the last day, 500 accounts in total), about 100 people",
    );
    // A quiet day is not the size of the site.
    expect(of({ activeHour: 2, activeDay: 5, activeMonth: 3000 })).toContain('about 150 people');
    expect(of({ activeHour: 0, activeDay: 0, activeMonth: 40, users: 30_000 })).toContain('about 40 people');
    // Where nobody ever comes, accounts alone say nothing.
    expect(of({ activeHour: 0, activeDay: 0, activeMonth: 0, users: 30_000 })).toContain('is not set');
    expect(of({ activeMonth: 3000 }, 'needs: {users: 70, sharedDisk: measure}\n')).toMatch(/^70 people use the site in a busy hour\./);
  });
});

describe('a share that keeps copies of what it has read', () => {
  it('is as slow as fetching anew makes it, now and then', () => {
    const yaml = 'services:\n  - {name: redis1, plugin: redis, address: "10.0.0.41:6390"}\nneeds: {users: 2000, sharedDisk: measure}\n';
    const of = (cold: number) =>
      inputOf(yaml, { measured: measurements({ shared: 0.03, local: 0.025, page: 60, cold, services: { redis1: { ms: 0.06 } } }) }).advice;
    expect(of(0.05).modes[0]).toMatchObject({ store: 'default_application' });
    const renewed = of(40);
    expect(renewed.modes[0]).toMatchObject({ store: 'redis1' });
    expect(renewed.summary).toMatch(/40 ms when another node has changed it\. .* so the shared disk is slow/);
  });

  it('is not blamed for what another disk takes, where caches lie elsewhere', () => {
    const measured = measurements({ shared: 0.03, local: 0.025, page: 60, cold: 40 });
    const apart = Object.fromEntries(
      Object.entries(measured.nodes).map(([name, node]) => {
        const [dataroot] = node.places;
        const cachedir = dataroot && { ...dataroot, place: 'cachedir' as const, source: 'other', path: '/fast' };
        return [name, { ...node, places: [...(cachedir ? [cachedir] : []), ...node.places] }];
      }),
    );
    const { advice } = inputOf('needs: {users: 2000, sharedDisk: measure}\n', { measured: { ...measured, nodes: apart } });
    expect(advice.summary).toMatch(/so the shared disk is fast/);
  });
});
