/** Too little room on disk is told before anything is changed: which node, which place, how much. */

import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/core/change.js';
import { judgeSpace, NEEDED, needsOf, parseSpace } from '../../../src/engine/run/space.js';
import { clusterNode } from '../survey/world.js';

const need = { path: '/var/lib/x', kb: 16 * 1024, what: 'copies of changed files' };
const found = { path: '/var/lib/x', mount: '/var', kb: 1_000_000, inodes: 100_000, readOnly: false };
const moodle = { main: 'main', mucFile: '/data/muc/config.php', cachedir: '/data/cache' };

describe('room on disk', () => {
  it('is read from what df told, also where it told nothing', () => {
    expect(parseSpace('100\t-\trw\t/var\t/var/lib/x\n-\t-\tro\t-\t/data/a b\nnonsense\n')).toEqual([
      { path: '/var/lib/x', mount: '/var', kb: 100, inodes: null, readOnly: false },
      { path: '/data/a b', mount: '-', kb: null, inodes: null, readOnly: true },
    ]);
  });

  it('is enough, or could not be told: no trouble', () => {
    expect(judgeSpace('web1', need, found)).toBeNull();
    expect(judgeSpace('web1', need, { ...found, kb: null, inodes: null })).toBeNull();
    expect(judgeSpace('web1', need, undefined)).toBeNull();
  });

  it('is too little in bytes or files, or read-only: node, place and remedy are named', () => {
    const little = judgeSpace('web1', need, { ...found, kb: 3000 });
    expect(little).toMatchObject({ code: 'disk-full', nodes: ['web1'], outcome: 'unchanged' });
    expect(little?.message).toContain('/var is nearly full: only 2 MiB of the 16 MiB needed');
    expect(judgeSpace('web1', need, { ...found, inodes: 5 })?.message).toContain('only 5 more files');
    const readOnly = judgeSpace('web1', need, { ...found, readOnly: true });
    expect(readOnly).toMatchObject({ code: 'not-allowed' });
    expect(readOnly?.remedies.join()).toContain('remount,rw /var');
  });

  it('is needed for packages only where some are installed, for dataroot only on main', () => {
    const plan = { stages: [{ stage: 'modules', provisional: false, changes: [{ kind: 'package', node: 'web1' }] }] } as unknown as Plan;
    const web1 = needsOf(clusterNode('web1', ['web']), plan, moodle);
    expect(web1.root.map((n) => n.path)).toEqual(['/var/lib/moodle-cluster-wizard', '/usr', '/var/cache', '/var/lib/dpkg']);
    expect(web1.web).toEqual([]);
    const main = needsOf(clusterNode('main', ['main']), plan, moodle);
    expect(main.root).toHaveLength(1);
    expect(main.web).toMatchObject([{ path: '/data/muc', kb: NEEDED.dataroot }, { path: '/data/cache' }]);
  });
});
