/** A store plugin that does not exist, added in the catalogue alone: every room knows it by its traits. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PLUGINS } from '../../../src/caches/plugins/index.js';
import type { StorePlugin } from '../../../src/caches/plugins/types.js';

const INDEX = '../../../src/caches/plugins/index.js';

/** Like Redis as far as Moodle's code is alike; all that its server tells of itself is its own. */
function madeUp(): StorePlugin {
  const redis = PLUGINS.find((p) => p.plugin === 'redis');
  if (!redis?.server?.managed) throw new Error('the catalogue has no Redis');
  return {
    ...redis,
    plugin: 'quoll',
    title: 'Quoll',
    extension: { name: 'quoll', rpm: ['php-pecl-quoll'] },
    needs: () => ({ extension: 'quoll' }),
    goodFor: 'Serves every cache of a test.',
    server: {
      ...redis.server,
      noun: 'a Quoll server',
      hint: 'made up',
      defaultPort: 4242,
      ownPort: 4250,
      process: /^quolld/,
      managed: { ...redis.server.managed, package: () => ({ packages: ['quoll'], binary: '/usr/bin/quolld', defaultUnits: ['quolld.service'] }) },
    },
  };
}

/** Modules that read the catalogue when they start, so that they are started again with the plugin in it. */
async function load() {
  const [schema, fixture, services, questions, stores, mappings, needs] = await Promise.all([
    import('../../../src/answers/schema.js'),
    import('../advice/fixture.js'),
    import('../../../steps/caches/2-services.js'),
    import('../../../steps/caches/2-services.questions.js'),
    import('../../../steps/caches/4-stores.js'),
    import('../../../steps/caches/5-mappings.js'),
    import('../../../steps/caches/modules/needs.js'),
  ]);
  return { schema, fixture, services, questions, stores, mappings, needs };
}

const EXTERNAL = 'services:\n  - {name: q1, plugin: quoll, node: cache1}\n';
const MANAGED = 'services:\n  - {name: q1, plugin: quoll, node: cache1, manage: true, password: secret:q}\nsecrets: {q: "env:Q"}\n';
const SITE = { plugins: ['apcu', 'file', 'quoll', 'session', 'static'], extensions: ['apcu', 'quoll'] };

describe('a plugin that only the catalogue knows', () => {
  let rooms: Awaited<ReturnType<typeof load>>;
  beforeAll(async () => {
    vi.resetModules();
    vi.doMock(INDEX, async (original) => ({ ...(await original<object>()), PLUGINS: [...PLUGINS, madeUp()] }));
    rooms = await load();
  });
  afterAll(() => {
    vi.doUnmock(INDEX);
    vi.resetModules();
  });
  const input = (yaml: string) => rooms.fixture.inputOf(yaml, SITE);

  it('is allowed in the answers and offered by the first question of step 2', () => {
    expect(rooms.schema.SERVICE_PLUGINS).toContain('quoll');
    const { answers, facts, advice } = input('');
    const [first] = rooms.questions.serviceQuestions({ answers, facts, advice });
    expect(first?.choices).toContainEqual(expect.objectContaining({ value: 'quoll', label: 'Quoll' }));
    expect(advice.options).toContainEqual(
      expect.objectContaining({ plugin: 'quoll', available: true, why: expect.stringContaining('Serves every cache of a test.') }),
    );
  });

  it('gets its default port, and a port of its own where the wizard runs it', () => {
    const port = (yaml: string) => {
      const { cluster, answers, facts } = input(yaml);
      return rooms.services.serviceEndpoints(cluster, answers, facts)[0]?.port;
    };
    expect(port(EXTERNAL)).toBe(4242);
    expect(port(MANAGED)).toBe(4250);
  });

  it('is installed by the package that it names', () => {
    const packages = rooms.services.servicesStep.plan(input(MANAGED)).changes.flatMap((c) => (c.kind === 'package' ? c.packages : []));
    expect(packages).toContain('quoll');
    expect(rooms.needs.neededExtensions(['quoll'])).toEqual(['quoll']);
  });

  it('becomes a store, serves the application mode, and is advised', () => {
    const plan = input(EXTERNAL);
    expect(plan.advice.modes[0]).toMatchObject({ mode: 1, store: 'q1' });
    expect(rooms.stores.storeEdits(plan).edits).toContainEqual(
      expect.objectContaining({ action: 'add', name: 'q1', plugin: 'quoll', configuration: expect.objectContaining({ server: '10.0.0.41:4242' }) }),
    );
    expect(rooms.mappings.mappingEdits(plan).edits).toContainEqual(expect.objectContaining({ edit: 'mode', mode: 1, store: 'q1' }));
  });
});
