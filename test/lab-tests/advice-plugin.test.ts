/** Advice on a Moodle 4.5.6 that has memcached from its plugin: what is good for it, and what its items are too small for. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, slowShare } from '../lab/index.js';
import { answersText, hasRelease, labFor, putAnswers, told, treesDir, wizard } from './support.js';

const PLUGIN = 'cachestore_memcached';
const there = hasRelease('4.5.6') && existsSync(join(treesDir, 'plugins', PLUGIN, 'version.php'));
const NEEDS = 'needs: {users: 2000, sharedDisk: measure, aim: fastest}\nservices: [{name: m, plugin: memcached, address: "cache1:11211"}]\nmodules:';
/** Larger than the items of a memcached as its package starts it. */
const BIG_VALUE = `<?php define('CLI_SCRIPT', true); require '/var/www/moodle/config.php'; cache::make('core', 'string')->set('big', str_repeat('x', 1572864));`;

describe.skipIf(!there)(`advice on Moodle 4.5.6 with the memcached plugin${there ? '' : ' (skipped: the release or the plugin is not there)'}`, () => {
  let lab: Lab;

  const strings = async (): Promise<any> => {
    await putAnswers(
      lab,
      answersText('redis', (text) => text.replace(/needs:[\s\S]*?modules:/, NEEDS).replace(/^secrets:[\s\S]*$/m, '')),
    );
    const run = await wizard(lab, ['advise', '--answers', '/root/answers.yaml']);
    expect(run.code, told(run)).toBe(0);
    return run.json['result'].advice.definitions.find((d: any) => d.definition === 'core/string');
  };

  beforeAll(async () => {
    lab = await labFor({ release: '4.5.6', name: 'advice-plugin', foreignServices: true, plugins: [PLUGIN] });
    await slowShare(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('has strings in memcached, until one of them is larger than its items', async () => {
    expect((await strings()).stores).toContain('m');
    await lab.hosts.main.must('runuser -u www-data -- php', { stdin: BIG_VALUE });
    const big = await strings();
    expect(big.stores).not.toContain('m');
    expect(big.reason).toMatch(/largest value is 1\.5 MB, and "m" accepts at most 1(\.0)? MB/);
  });
});
