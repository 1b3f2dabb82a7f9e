/** The web SAPI as a port: what is asked, watched and refused by the kind of pool. */

import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { ApplyContext } from '../../../src/engine/handler.js';
import { drainHandler, drainNodes } from '../../../src/engine/handlers/drain.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { drainWatch, webProbe } from '../../../src/moodle/web-probe/index.js';
import { CLUSTER, clusterNode, moodleNode, POOL } from '../survey/world.js';

const APACHE = { ...POOL, kind: 'apache' as const, name: 'apache', listen: '', unit: 'apache2.service' };

describe('the web SAPI behind a pool', () => {
  it('is PHP-FPM: asked over the socket of the pool, reloaded without ending requests, watched by its unit', () => {
    const probe = webProbe(POOL);
    const call = { op: 'sapi', marker: 'm', fields: {}, toolkitDir: '/kit', token: 't', timeout: 5 } as const;
    const web = { dirroot: '/d', dataroot: '/data', wwwroot: 'https://m.example.org', sslproxy: false, reverseproxy: false };
    expect(probe.refusal('web1')).toBeNull();
    expect(JSON.parse(probe.request(POOL, { ...call, web }))).toMatchObject({ op: 'fcgi', listen: POOL.listen, token: 't', request: { op: 'sapi' } });
    expect(probe.reload(POOL)).toEqual(['systemctl', 'reload', POOL.unit]);
    expect(probe.graceSeconds({ processControlTimeout: 10 })).toBe(10);
  });
  it('is refused where it is Apache with mod_php, by every call', () => {
    const probe = webProbe(APACHE);
    expect(probe.refusal('web1')).toMatchObject({ code: 'platform-refused', nodes: ['web1'], message: expect.stringContaining('mod_php') });
    expect(() => probe.argv({ phpBinary: 'php' }, '/kit', 'sapi')).toThrow(/mod_php/);
    expect(() => probe.reload(APACHE)).toThrow(/mod_php/);
    expect(probe.graceSeconds(APACHE)).toBeNull();
  });
});

describe('what drain.sh watches of a node', () => {
  const facts = (pools: readonly (typeof POOL | typeof APACHE)[], sitePool: number | null = 0) => ({ pools, sitePool });
  it('is every pool of PHP-FPM, each unit once, and Apache only where it serves the site', () => {
    expect(drainWatch(facts([POOL, { ...POOL, name: 'other' }]), true)).toEqual([`fpm:${POOL.unit}`]);
    expect(drainWatch(facts([POOL, APACHE]), true)).toEqual([`fpm:${POOL.unit}`]);
    expect(drainWatch(facts([POOL, APACHE], 1), true)).toEqual([`fpm:${POOL.unit}`, 'apache:apache2.service']);
  });
  it('says so where nothing is known that serves pages', () => {
    expect(drainWatch(facts([], null), true)).toEqual(['no-pool-found:']);
    expect(drainWatch(facts([], null), false)).toEqual([]);
  });
});

describe('drain.sh', () => {
  const drain = (...watch: string[]) => {
    try {
      return { code: 0, out: execFileSync('sh', ['templates/sh/drain.sh', '0', userInfo().username, '/no/such/moodle', ...watch], { encoding: 'utf8' }) };
    } catch (thrown) {
      const { status, stdout } = thrown as { status: number; stdout: string };
      return { code: status, out: stdout };
    }
  };
  it('never reports drained for a web SAPI that it cannot watch', () => {
    expect(drain()).toEqual({ code: 0, out: 'drained\n' });
    expect(drain('apache:apache2.service')).toEqual({ code: 4, out: 'unknown workers of the web SAPI (apache) cannot be watched\n' });
  });
});

describe('draining', () => {
  const run = (answer: { code?: number; stdout?: string }, node = moodleNode('web1')) => {
    const executor = fakeExecutor(clusterNode('web1', ['web']), [{ when: 'drain.sh', answer }]);
    const said: string[] = [];
    const cluster = { ...CLUSTER, nodes: CLUSTER.nodes.filter((n) => n.name === 'web1') };
    const context = {
      cluster,
      toolkitDir: '/kit',
      facts: { nodes: { web1: node }, site: null },
      executor: () => executor,
      emit: (event: { message?: string }) => said.push(event.message ?? ''),
    } as unknown as ApplyContext;
    return { context, said, executor };
  };
  it('names processes that still run, and what cannot be watched, apart', async () => {
    const { context } = run({ code: 3, stdout: 'busy 12 php admin/cli/cron.php\nunknown workers of the web SAPI (apache) cannot be watched\n' });
    expect(await drainNodes(context, ['web1'])).toEqual({
      busy: ['web1: process 12 php admin/cli/cron.php'],
      unknown: ['web1: workers of the web SAPI (apache) cannot be watched'],
    });
  });
  it('is an unknown outcome under mod_php, with a warning, not a success', async () => {
    const { context, said, executor } = run(
      { code: 4, stdout: 'unknown workers of the web SAPI (apache) cannot be watched\n' },
      { ...moodleNode('web1'), pools: [APACHE], sitePool: 0 },
    );
    expect(await drainHandler.apply(context, { kind: 'settle' } as never)).toContain('unknown');
    expect(executor.calls[0]?.cmd.argv.at(-1)).toBe('apache:apache2.service');
    expect(said).toEqual([expect.stringContaining('Cannot watch')]);
  });
  it('is unknown too where the script says nothing, or the node was not surveyed', async () => {
    const { context } = run({ code: 127 });
    expect((await drainNodes(context, ['web1', 'web9'])).unknown).toEqual(['web1: drain.sh ended with code 127', 'web9: this node was not surveyed']);
  });
});
