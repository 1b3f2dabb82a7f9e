import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.js';
import type { Cluster } from '../../../src/core/cluster.js';
import type { RestorePoint, UndoEntry } from '../../../src/core/record.js';
import { remedy } from '../../../src/core/remedy.js';
import { ALL_GUARDS } from '../../../src/engine/guards.js';
import { undoPlan } from '../../../src/engine/run/undo-plan.js';
import { renderPlan } from '../../../src/ui/text/index.js';
import { CACHES } from '../../../steps/caches/titles.js';

const cluster = { label: 'campus', dirroot: '/m', webUser: undefined, nodes: [{ name: 'main', roles: ['main'], state: 'in' }] } as unknown as Cluster;
const entry = (kind: string, id: string, step: string) =>
  ({
    change: {
      kind,
      id,
      node: 'web1',
      step,
      what: `Do ${id}`,
      path: '/etc/moodle-cluster-wizard/redis1.conf',
      packages: ['php-redis'],
      why: 'w',
      undo: remedy`Undo of ${id}`,
      after: [],
      lane: 'main',
      risk: 'low',
      notifies: [],
    } as unknown as Change,
    undo: kind === 'package' ? { added: [id.endsWith('php') ? 'php-redis' : 'redis-server'] } : { before: null },
  }) as UndoEntry;
const point = { id: 'r1', created: '2026-01-02T03:04:05.000Z', muc: { sha256: 'a' } } as unknown as RestorePoint;
const entries = [
  entry('package', 'package:cache1:redis', 'caches.services'),
  entry('file', 'file:cache1:conf', 'caches.services'),
  entry('package', 'package:web1:php', 'caches.modules'),
  entry('package', 'package:web1:php', 'caches.modules'),
  entry('muc-publish', 'muc-publish:main:stores', 'caches.stores'),
  entry('muc-publish', 'muc-publish:main:mappings', 'caches.mappings'),
];

const undo = (of: readonly UndoEntry[], { guardedOnly = false, point: at = point } = {}) =>
  undoPlan({ cluster, siteId: 'site', undos: [{ point: at, entries: of }], guardedOnly, titles: CACHES.steps, guards: ALL_GUARDS });

describe('what a rollback shows before it runs', () => {
  it('puts the MUC file back first and once, then modules, then services, newest first and each once', () => {
    const plan = undo(entries);
    expect(plan.stages.flatMap((s) => s.changes).map((c) => c.id)).toEqual([
      'undo:main:r1',
      'undo:package:web1:php',
      'undo:file:cache1:conf',
      'undo:package:cache1:redis',
    ]);
    expect(plan.stages.map((s) => s.stage)).toEqual(['muc', 'modules', 'services']);
    expect(renderPlan(plan).join('\n')).toContain('Undo: remove php-redis');
  });

  it('shows every entry that is run, by what the undo acts on, whatever step, id and words it has', () => {
    const { change } = entry('package', 'same', 'caches.services');
    const { step: _step, ...nameless } = change;
    const forged = [
      { change: { ...change, what: 'Nothing' }, undo: { added: ['openssh-server'] } },
      { change: { ...nameless, what: 'Nothing' }, undo: { added: ['sudo'] } },
      { change: { ...change, step: 'elsewhere', node: 'main' }, undo: { added: ['auditd'] } },
    ] as unknown as UndoEntry[];
    const text = renderPlan(undo(forged)).join('\n');
    for (const name of ['openssh-server', 'sudo', 'auditd']) expect(text).toContain(`Undo: remove ${name}`);
    expect(text).not.toContain('Nothing');
  });

  it('shows what any stage has made, by the stage on record, also one that this version does not know', () => {
    const made = { ...entry('file', 'file:web1:config', 'cluster.config'), stage: 'config' };
    const older = entry('unit', 'unit:web1:x', 'tomorrow.step');
    const { stages } = undo([made, older], { point: { ...point, muc: null } });
    expect(stages.map((s) => [s.stage, s.changes.map((c) => c.id)])).toEqual([
      ['tomorrow.step', ['undo:unit:web1:x']],
      ['config', ['undo:file:web1:config']],
    ]);
  });

  it('leaves the rest alone when only the MUC file is to go back', () => {
    expect(undo(entries, { guardedOnly: true }).stages.flatMap((s) => s.changes)).toHaveLength(1);
  });
});
