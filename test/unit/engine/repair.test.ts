/** What a repair of the cache configuration does, and in which order. */

import { describe, expect, it } from 'vitest';
import type { MucConfig } from '../../../src/core/facts.js';
import { allItems, mucProblem, repairStage } from '../../../src/engine/muc/repair-plan.js';
import { CLUSTER, facts, MOODLE } from '../survey/world.js';

const definition = (id: string, mode: 1 | 2 | 4) => ({ id, mode, canUseLocalStore: false, requirements: 0 });
const store = (name: string, plugin: string, isDefault = false, configuration = {}) => ({ name, plugin, configuration, default: isDefault });

const CONFIG: MucConfig = {
  siteIdentifier: 'x',
  stores: [
    store('default_application', 'file', true),
    store('default_session', 'session', true),
    store('default_request', 'static', true),
    store('shared', 'redis', false, { server: 'cache1:6379' }),
    store('own', 'apcu'),
  ],
  modeMappings: { 1: ['shared'], 2: ['default_session'], 4: ['default_request'] },
  definitionMappings: { 'core/string': ['own', 'shared'] },
  definitions: [definition('core/string', 1), definition('core/config', 1), definition('core/calendar', 2), definition('core/course', 4)],
};

const stage = repairStage({
  cluster: CLUSTER,
  trouble: 'it is empty',
  remedy: { from: 'last-good', what: 'the file proven last' },
  config: CONFIG,
  before: 'bad',
  result: 'good',
  facts: facts(),
});

describe('the repair of a cache configuration', () => {
  it('tells what is wrong in words, and nothing when nothing is', () => {
    expect(mucProblem(MOODLE)).toBeNull();
    expect(mucProblem({ ...MOODLE, muc: { state: 'missing' } })).toBe('it is missing');
    expect(mucProblem({ ...MOODLE, muc: { state: 'corrupt', reason: 'r' } })).toBe('r');
    expect(mucProblem({ ...MOODLE, muc: { state: 'corrupt', reason: 'r' }, mucFile: { ...MOODLE.mucFile, size: 0 } })).toBe('it is empty');
    expect(mucProblem({ ...MOODLE, muc: { state: 'ok', config: { ...CONFIG, siteIdentifier: 'unknown' } } })).toContain('siteidentifier');
    expect(mucProblem({ ...MOODLE, muc: { state: 'ok', config: { ...CONFIG, siteIdentifier: null } } })).toBeNull();
  });

  it('empties every definition in every store that may serve it, also the one it falls back to', () => {
    expect(allItems(CONFIG)).toEqual([
      { store: 'default_application', definitions: ['core/calendar', 'core/config', 'core/string'] },
      { store: 'own', definitions: ['core/string'] },
      { store: 'shared', definitions: ['core/config', 'core/string'] },
    ]);
  });

  it('replaces the file, converges, empties, lets settle, empties again, proves; shared stores once', () => {
    const kinds = stage.changes.map((c) => `${c.kind}:${c.node}`);
    expect(kinds).toEqual(['muc-repair:main', 'converge:main', 'converge:web1', 'empty:main', 'empty:web1', 'settle:*', 'empty:main', 'empty:web1', 'prove:*']);
    const ids = stage.changes.map((c) => c.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [i, change] of stage.changes.entries()) for (const after of change.after) expect(ids.indexOf(after)).toBeLessThan(i);
    const empties = stage.changes.flatMap((c) => (c.kind === 'empty' ? [c] : []));
    expect(empties.find((c) => c.node === 'web1')?.items.map((i) => i.store)).toEqual(['own']);
    expect(stage.changes.at(-1)).toMatchObject({
      stores: [
        { name: 'shared', shared: true },
        { name: 'own', shared: false },
      ],
      effective: CONFIG.definitionMappings,
    });
  });
});
