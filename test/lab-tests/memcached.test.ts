/** Memcached on real hosts: in core up to Moodle 4.1 (3.8.5 here), as a plugin after that (4.5.6 here). */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import {
  ANSWERS,
  askMemcached,
  expectNothingToDo,
  expectNothingToRollBack,
  expectOneNodeAtATime,
  expectProven,
  expectRollback,
  memcachedCounter,
  runOrder,
} from './cluster-38.js';
import { answersText, hasRelease, labFor, mucConfig, mucState, pageStatus, putAnswers, told, treesDir, wizard } from './support.js';

/** First port of a memcached that the wizard runs. */
const PORT = 11311;
const hasPlugin = existsSync(join(treesDir, 'plugins', 'cachestore_memcached', 'version.php'));
const twoWebs = (text: string) => text.replace(/^.*name: web3.*\n/m, '');

describe.skipIf(!hasRelease('3.8.5'))(`memcached on Moodle 3.8.5, three web nodes${hasRelease('3.8.5') ? '' : ' (skipped: this release is not there)'}`, () => {
  const NODES = ['main', 'web1', 'web2', 'web3'] as const;
  const states: string[] = [];
  let firstRun: string;
  let lab: Lab;
  let ip: string;

  beforeAll(async () => {
    lab = await labFor({ release: '3.8.5', webs: 3 });
    ip = lab.hosts.cache1.ip;
    await putAnswers(lab, answersText('memcached'));
    states.push(await mucState(lab));
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('plans first: exit 10, and nothing is touched', async () => {
    const run = await wizard(lab, ['plan', ...ANSWERS]);
    expect(run.code, told(run)).toBe(10);
    expect(await mucState(lab)).toBe(states[0]);
    expect((await lab.hosts.web1.exec('php -m')).stdout).not.toMatch(/^memcached$/m);
  });

  it('applies: the service, the extension one node at a time, the instance, the mappings; proven on every node in web SAPI and CLI', async () => {
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
    expect(run.code, told(run)).toBe(0);
    expectProven(run, NODES, ['mc1']);
    expectOneNodeAtATime(await runOrder(lab), NODES);
    for (const node of NODES) expect(await lab.host(node).must('dpkg -s php-memcached | grep ^Status')).toContain('install ok installed');
    firstRun = run.json['restorePoint'];
    states.push(await mucState(lab));
  });

  it('runs memcached as a unit of its own: cluster address only, no UDP, the item size asked for, the package’s own unit kept off', async () => {
    const listening = await lab.hosts.cache1.must('ss -Hlntup | grep memcached');
    expect(listening.trim().split('\n')).toHaveLength(1);
    expect(listening).toMatch(new RegExp(`^tcp .* ${ip}:${PORT} `));
    expect(await lab.hosts.cache1.must('systemctl is-active moodle-muc-mc1.service; systemctl is-enabled moodle-muc-mc1.service')).toBe('active\nenabled\n');
    expect((await lab.hosts.cache1.exec('systemctl is-active memcached.service')).stdout).toBe('inactive\n');
    const settings = await askMemcached(lab.hosts.cache1, ip, PORT, ['stats settings']);
    expect(settings).toMatch(/^STAT item_size_max 4194304\r$/m);
    expect(settings).toMatch(/^STAT udpport 0\r$/m);
    expect(settings).toMatch(/^STAT maxbytes 134217728\r$/m);
  });

  it('maps what is named and what normal work does not purge, and leaves the mode where it was', async () => {
    const config = await mucConfig(lab);
    expect(config.stores.mc1).toMatchObject({ plugin: 'memcached', configuration: { servers: [[ip, String(PORT)]], isshared: 0 } });
    expect(config.stores.mc1.configuration.prefix).toMatch(/^[a-z0-9_-]{3,16}$/);
    const mapped = (config.definitionmappings as { definition: string; store: string }[]).filter((m) => m.store === 'mc1').map((m) => m.definition);
    expect(mapped).toEqual(expect.arrayContaining(['core/string', 'core/config', 'core/databasemeta']));
    for (const not of ['core/coursemodinfo', 'core/eventinvalidation', 'core/coursecattree', 'core/roledefs']) expect(mapped).not.toContain(not);
    expect(Object.values<any>(config.modemappings).find((m) => m.mode === 1)?.store).toBe('default_application');
  });

  it('has memcached work for pages of every node', async () => {
    for (const node of NODES) {
      const before = await memcachedCounter(lab.hosts.cache1, ip, PORT, 'get_hits');
      expect(await pageStatus(lab, node)).toBe('200');
      expect(await memcachedCounter(lab.hosts.cache1, ip, PORT, 'get_hits')).toBeGreaterThan(before);
    }
  });

  it('the same answers again: nothing to do, the file byte-identical', async () => {
    await expectNothingToDo(lab);
  });

  it('adds caches to a memcached in use and one on each node: what is old there goes, what others keep there stays', async () => {
    const { prefix } = (await mucConfig(lab)).stores.mc1.configuration;
    const old = Array.from({ length: 2000 }, (_, i) => `${prefix}${String(i).padStart(40, '0')}`);
    const foreign = ['memc.sess.key.abc', `${prefix}other`];
    const put = [...old, ...foreign].flatMap((key) => [`set ${key} 0 0 3`, 'old']);
    expect((await askMemcached(lab.hosts.cache1, ip, PORT, put)).match(/STORED/g)).toHaveLength(2002);
    await putAnswers(lab, answersText('memcached', moreAnswers));
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
    expect(run.code, told(run)).toBe(0);
    expectProven(run, NODES, ['mc1', 'near']);
    const left = await askMemcached(lab.hosts.cache1, ip, PORT, [...old.map((key) => `get ${key}`), ...foreign.map((key) => `get ${key}`)]);
    expect(left.match(/^VALUE (\S+)/gm)).toEqual(foreign.map((key) => `VALUE ${key}`));
    expect(await memcachedCounter(lab.hosts.cache1, ip, PORT, 'cmd_flush')).toBe(0);
    states.push(await mucState(lab));
  });

  it('keeps a memcached of each node to its loopback and lets it serve this node’s pages only', async () => {
    for (const node of NODES) {
      expect(await lab.host(node).must('ss -Hlntup | grep memcached')).toMatch(new RegExp(`^tcp .* 127.0.0.1:${PORT} .*\n$`));
      const gets = () => Promise.all(NODES.map((n) => memcachedCounter(lab.host(n), '127.0.0.1', PORT, 'cmd_get')));
      const before = await gets();
      expect(await pageStatus(lab, node)).toBe('200');
      const after = await gets();
      NODES.forEach((n, i) => (n === node ? expect(after[i]).toBeGreaterThan(before[i] ?? 0) : expect(after[i]).toBe(before[i])));
    }
  });

  it('refuses to keep on each node what all must see alike', async () => {
    await putAnswers(
      lab,
      answersText('memcached', (t) => moreAnswers(t).replace('core/roledefs: [mc1]', 'core/config: [near]')),
      '/root/bad.yaml',
    );
    const run = await wizard(lab, ['plan', '--answers', '/root/bad.yaml']);
    expect(run.code, told(run)).toBe(7);
    expect(run.json['error'].message).toContain('core/config');
  });

  it('moves the service to another port: PHP drops its old connections, every node uses the new one', async () => {
    await putAnswers(
      lab,
      answersText('memcached', (t) => moreAnswers(t).replace('maxItemSize: 4M', 'maxItemSize: 4M, port: 11400')),
    );
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
    expect(run.code, told(run)).toBe(0);
    for (const node of NODES) {
      const before = await memcachedCounter(lab.hosts.cache1, ip, 11400, 'cmd_get');
      expect(await pageStatus(lab, node)).toBe('200');
      expect(await memcachedCounter(lab.hosts.cache1, ip, 11400, 'cmd_get')).toBeGreaterThan(before);
    }
    await expectNothingToDo(lab);
  });

  it('rolls back the newest run, then all of them: the file byte-identical with owner and mode, packages and units gone; then there is nothing to do', async () => {
    await expectRollback(lab, states[2] ?? '', NODES);
    await expectRollback(lab, states[0] ?? '', NODES, ['--to', firstRun]);
    for (const node of NODES) expect((await lab.host(node).exec('php -m')).stdout).not.toMatch(/^memcached$/m);
    for (const host of [...NODES, 'cache1']) {
      expect((await lab.host(host).exec('ls /etc/systemd/system/moodle-muc-* /usr/bin/memcached')).stdout).toBe('');
    }
    await expectNothingToRollBack(lab);
  });
});

/** A memcached on each node over the shared one, and one more cache in the shared one. */
function moreAnswers(text: string): string {
  return text
    .replace('modules:', '  - {name: near, plugin: memcached, placement: each-web-node, manage: true, memory: 64M}\nmodules:')
    .replace('core/string: [mc1]', 'core/string: [near, mc1]\n    core/roledefs: [mc1]');
}

/** Without the plugin: main-job.test.ts. */
describe.skipIf(!hasRelease('4.5.6') || !hasPlugin)(
  `memcached on Moodle 4.5.6, where it is a plugin${hasRelease('4.5.6') && hasPlugin ? '' : ' (skipped: this release or plugins/cachestore_memcached is not there)'}`,
  () => {
    const NODES = ['main', 'web1', 'web2'] as const;
    const FOLDER = '/var/www/moodle/cache/stores/memcached';
    let lab: Lab;
    let before: string;

    beforeAll(async () => {
      lab = await labFor({ release: '4.5.6', plugins: ['cachestore_memcached'] });
      await putAnswers(lab, answersText('memcached', twoWebs));
      before = await mucState(lab);
    });
    afterAll(async () => {
      await lab?.down();
    });

    /** With the plugin's folder away on some nodes. */
    async function without(nodes: readonly string[], look: () => Promise<void>): Promise<void> {
      for (const node of nodes) await lab.host(node).must(`mv ${FOLDER} /root/away`);
      try {
        await look();
      } finally {
        for (const node of nodes) await lab.host(node).must(`mv /root/away ${FOLDER}`);
      }
    }

    it('missing on one node: refused, before a store exists', async () => {
      await without(['web2'], async () => {
        const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
        expect(run.code, told(run)).toBe(7);
        expect(run.json['error']).toMatchObject({ code: 'nodes-differ', nodes: expect.arrayContaining(['web2']) });
        expect(run.json['error'].message).toContain('memcached');
        expect(await mucState(lab)).toBe(before);
      });
    });

    it('on all nodes: applied, proven, used by every node, and nothing to do again', async () => {
      const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
      expect(run.code, told(run)).toBe(0);
      expectProven(run, NODES, ['mc1']);
      const { ip } = lab.hosts.cache1;
      for (const node of NODES) {
        const hits = await memcachedCounter(lab.hosts.cache1, ip, PORT, 'get_hits');
        expect(await pageStatus(lab, node)).toBe('200');
        expect(await memcachedCounter(lab.hosts.cache1, ip, PORT, 'get_hits')).toBeGreaterThan(hits);
      }
      const again = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
      expect([again.code, again.json['outcome']], told(again)).toEqual([0, 'unchanged']);
    });

    it('gone from one node later: refused, with the words that its stores would vanish for every node, and the file stays', async () => {
      const applied = await mucState(lab);
      await without(['web1'], async () => {
        const run = await wizard(lab, ['plan', ...ANSWERS]);
        expect(run.code, told(run)).toBe(7);
        expect(JSON.stringify(run.json['error'])).toMatch(/web1 lacks the plugin of the configured store/);
        expect(await mucState(lab)).toBe(applied);
      });
    });

    it('rolls back byte-identical', async () => {
      await expectRollback(lab, before, NODES);
      await expectNothingToRollBack(lab);
    });
  },
);
