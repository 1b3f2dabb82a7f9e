import { describe, expect, it } from 'vitest';
import type { Answers } from '../../../src/answers/schema.js';
import type { ClusterFacts, NodeFacts } from '../../../src/core/facts.js';
import { modulesStep, neededExtensions, packagesToSimulate } from '../../../steps/caches/3-modules.js';
import { afterwards, facts, input, POOL } from './world.js';

const stores: Answers['stores'] = [{ name: 'app', plugin: 'redis', settings: { server: '10.0.0.51:6390' } }];
const plan = (answers: Partial<Answers> = {}, of: ClusterFacts = facts()) => modulesStep.plan(input({ stores, ...answers }, of));
const SIMULATED = 'Inst php8.2-igbinary (3.2.13-1 x [amd64])\nInst php8.2-redis (5.3.7+4.3.0-3 x [amd64])\n';
const everywhere = (bend: Partial<NodeFacts>) => facts({ main: bend, web1: bend, web2: bend });

describe('extensions', () => {
  it('follow from plugins', () => expect(neededExtensions(['redis', 'file', 'apcu', 'redis', 'static'])).toEqual(['apcu', 'redis']));
  it('are installed on one node after the other, main last, each with its gate', () => {
    const { changes } = plan();
    expect(changes.map((c) => c.id)).toEqual([
      'package:web1:php8.2-redis',
      'php-ready:web1:redis',
      'package:web2:php8.2-redis',
      'php-ready:web2:redis',
      'package:main:php8.2-redis',
      'php-ready:main:redis',
    ]);
    expect(changes.every((c) => c.lane === 'serial')).toBe(true);
    expect(changes[2]?.after).toEqual(['php-ready:web1:redis']);
    expect(changes[0]).toMatchObject({ phpVersion: '8.2', risk: 'interrupts' });
    expect(changes[0]?.riskText).toContain('requests in flight have 10 s to end');
  });
  it('once there, are left alone', () => {
    const before = input({ stores });
    const done = afterwards(before, modulesStep.plan(before).changes);
    expect(modulesStep.plan(done).changes).toEqual([]);
    expect(modulesStep.verify(done).every((c) => c.status === 'passed')).toBe(true);
    expect(modulesStep.verify(before).every((c) => c.status === 'failed')).toBe(true);
  });
  it('are not asked for where nothing needs them', () => expect(plan({ stores: [{ name: 'f', plugin: 'file' }] }).changes).toEqual([]));
  it('that an existing mapping uses are mended on the node that lacks them', () => {
    const moodle = facts().nodes.main?.moodle;
    if (moodle?.muc.state !== 'ok') throw new Error('no Moodle');
    const redis = { name: 'r', plugin: 'redis', configuration: {}, default: false };
    const config = { ...moodle.muc.config, stores: [redis], modeMappings: { 1: ['r'], 2: [], 4: [] } };
    const cli = { ...moodle.cli, extensions: { redis: '5' } };
    const bend = { moodle: { ...moodle, cli, muc: { state: 'ok' as const, config } } };
    const pools = [{ ...POOL, web: { version: '8.2', sapi: 'fpm-fcgi', ini: {}, extensions: { redis: '5' } } }];
    const { changes } = plan({ stores: [{ name: 'f', plugin: 'file' }] }, facts({ main: { ...bend, pools }, web1: { ...bend, pools }, web2: bend }));
    expect(changes.map((c) => c.id)).toEqual(['package:web2:php8.2-redis', 'php-ready:web2:redis']);
  });
  it('other pools and sites of the master are named', () => {
    const { changes } = plan({}, everywhere({ pools: [POOL, { ...POOL, name: 'wiki' }], otherSites: ['/var/www/wiki'] }));
    expect(changes[0]?.riskText).toContain('wiki');
    expect(changes[0]?.riskText).toContain('/var/www/wiki');
  });
});

describe('packages', () => {
  it('are shown with what the package manager would bring', () => {
    const { changes } = plan({}, everywhere({ simulations: { 'php8.2-redis': SIMULATED } }));
    expect(changes[0]?.why).toContain('php8.2-igbinary 3.2.13-1');
  });
  it('fall back to the other name where the first does not exist', () => {
    const simulations = { 'php8.2-redis': 'E: Unable to locate package php8.2-redis\n', 'php-redis': 'Inst php-redis (5.3 x [amd64])\n' };
    expect(plan({}, everywhere({ simulations })).changes[0]).toMatchObject({ packages: ['php-redis'] });
  });
  it('that would bring another PHP are refused', () => {
    const simulations = { 'php8.2-redis': 'E: Unable to locate package php8.2-redis\n', 'php-redis': 'Inst php8.4-redis (6 x [amd64])\n' };
    const { changes, refusals } = plan({}, everywhere({ simulations }));
    expect(changes).toEqual([]);
    expect(refusals[0]?.code).toBe('package-refused');
    expect(refusals[0]?.evidence.join()).toContain('php8.4-redis');
  });
  it('that nobody has are refused by name', () => {
    const none = (p: string) => `E: Unable to locate package ${p}\n`;
    const simulations = { 'php8.2-redis': none('php8.2-redis'), 'php-redis': none('php-redis') };
    expect(plan({}, everywhere({ simulations })).refusals[0]?.code).toBe('package-missing');
  });
  it('upgrade PHP only where that is allowed', () => {
    const simulations = { 'php8.2-redis': `${SIMULATED}Inst php8.2-fpm [8.2.1] (8.2.2 x [amd64])\n` };
    expect(plan({}, everywhere({ simulations })).refusals[0]?.code).toBe('package-refused');
    expect(plan({ modules: { allowPhpUpgrade: true } }, everywhere({ simulations })).refusals).toEqual([]);
  });
  it('are asked about by one name at a time on each node that lacks something', () => {
    expect(packagesToSimulate(input({ stores }))).toEqual({ web1: ['php8.2-redis'], web2: ['php8.2-redis'], main: ['php8.2-redis'] });
  });
  it('are asked about by their other name when the first is not to be had, and no more once one will do', () => {
    const missing = { 'php8.2-redis': 'E: Unable to locate package php8.2-redis' };
    expect(packagesToSimulate(input({ stores }, everywhere({ simulations: missing })))).toEqual({
      web1: ['php-redis'],
      web2: ['php-redis'],
      main: ['php-redis'],
    });
    const found = { ...missing, 'php-redis': 'Inst php-redis (5.3.7 Debian:12 [amd64])' };
    expect(packagesToSimulate(input({ stores }, everywhere({ simulations: found })))).toEqual({});
  });
  it('that are there but switched off are told how to switch on', () => {
    const { changes, refusals } = plan({}, everywhere({ packages: { 'php8.2-redis': '5.3.7' } }));
    expect(changes).toEqual([]);
    expect(refusals[0]?.remedies[0]).toContain('phpenmod -v 8.2 -s fpm redis');
  });
  it('on Red Hat restart PHP by a change of their own', () => {
    const os = { id: 'rocky', versionId: '9.4', name: 'Rocky Linux 9.4', family: 'rhel' as const };
    const { changes } = plan({}, everywhere({ os, packageManager: 'dnf' }));
    expect(changes.slice(0, 3).map((c) => c.kind)).toEqual(['package', 'unit', 'php-ready']);
  });
});

describe('where others install', () => {
  it('check stops and says what is missing', () => {
    const { changes, refusals } = plan({ modules: { install: 'check' } });
    expect(changes).toEqual([]);
    expect(refusals.map((r) => r.nodes[0])).toEqual(['web1', 'web2', 'main']);
  });
  it('false is check', () => expect(plan({ modules: { install: false } }).refusals).toHaveLength(3));
  it('print gives a recipe for all nodes at once', () => {
    const recipe = plan({ modules: { install: 'print' } }).findings.find((f) => f.id.startsWith('modules:recipe'));
    expect(recipe?.todo).toContain('hosts: [web1, web2, main]');
    expect(recipe?.todo).toContain('serial: 1');
    expect(recipe?.todo).toContain('name: [php8.2-redis]');
  });
  it('a pool that cannot be asked is unknown, never passed', () => {
    const { web: _web, ...dark } = POOL;
    const of = everywhere({ pools: [{ ...dark, probeError: 'open_basedir' }] });
    const checks = modulesStep.verify(input({ stores }, of)).filter((c) => c.subject.includes('web SAPI'));
    expect(checks.every((c) => c.status === 'unknown' && c.detail === 'open_basedir')).toBe(true);
  });
});
