import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/core/cluster.js';
import { WizardError } from '../../../src/core/errors.js';
import type { PhpPool } from '../../../src/core/facts.js';
import type { Cmd, CmdResult, Executor, RunOptions } from '../../../src/exec/executor.js';
import { createBridge } from '../../../src/moodle/bridge.js';
import type { MoodleBridge } from '../../../src/moodle/bridge-api.js';
import { bridgeArgv, bridgeRequest, newMarker, parseBridgeAnswer } from '../../../src/moodle/bridge-text.js';

const NODE: ClusterNode = { name: 'web1', host: 'web1', roles: ['web'], ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } }, webPort: 80, state: 'in' };
const POOL: PhpPool = {
  kind: 'fpm',
  name: 'www',
  version: '8.2',
  user: 'www-data',
  group: 'www-data',
  listen: '/run/php/php8.2-fpm.sock',
  unit: 'php8.2-fpm.service',
  configFile: '',
  processControlTimeout: 0,
};
const MUC = '/mnt/moodledata/muc/config.php';

interface Call {
  readonly cmd: Cmd;
  readonly options: RunOptions;
  readonly request: Record<string, any>;
}

/** A bridge whose PHP answers what the test says; `null` = says nothing. */
function bridgeWith(answers: readonly (object | null)[]): { readonly bridge: MoodleBridge; readonly calls: readonly Call[] } {
  const calls: Call[] = [];
  const executor: Executor = {
    node: NODE,
    run: async (cmd: Cmd, options: RunOptions = {}): Promise<CmdResult> => {
      const request = JSON.parse(String(cmd.stdin)) as Record<string, any>;
      const answer = answers[calls.length] ?? null;
      calls.push({ cmd, options, request });
      const stdout = answer === null ? '<html>' : `noise\n${request['marker']}${JSON.stringify(answer)}${request['marker']}\nmore`;
      return { code: answer === null ? 255 : 0, stdout, stderr: answer === null ? 'PHP Fatal error' : '', ms: 1 };
    },
    putFile: async () => {},
    close: async () => {},
  };
  const web = { dirroot: '/var/www/moodle', dataroot: '/mnt/moodledata', wwwroot: 'https://moodle.example.org', sslproxy: true, reverseproxy: false };
  const site = { ...web, mucPath: MUC, lockPath: '/mnt/moodledata/cache/filelocks/configwrite.lock' };
  return { bridge: createBridge({ executor, toolkitDir: '/kit', webUser: 'www-data', phpBinary: 'php8.2', hmacKey: 'key', webToken: 'token', site }), calls };
}

const SUM = 'a'.repeat(64);
const STAGED = {
  content: 'PD9waHA=',
  baseSha256: null,
  before: 'a\n',
  after: 'b\n',
  config: { siteIdentifier: null, stores: [], modeMappings: { 1: [], 2: [], 4: [] }, definitionMappings: [], definitions: [] },
  siteIdentifier: null,
};

const ok = (data: unknown): object => ({ ok: true, data });
const no = (code: string, details: object = {}): object => ({ ok: false, error: { code, message: `trouble ${code}`, details } });

async function troubleOf(work: Promise<unknown>): Promise<WizardError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(WizardError);
  return thrown as WizardError;
}

describe('the wire format', () => {
  it('finds the answer among whatever else is printed', () => {
    const marker = newMarker();
    expect(parseBridgeAnswer(`Notice: x\n${marker}{"ok":true,"data":1}${marker}\n</html>`, marker)).toEqual({ ok: true, data: 1 });
    expect(parseBridgeAnswer(`Notice: ${marker} {"ok":true}`, marker)).toBeNull();
    expect(parseBridgeAnswer(`${marker}{"ok":tr${marker}`, marker)).toBeNull();
    expect(parseBridgeAnswer('', marker)).toBeNull();
    expect(newMarker()).not.toBe(marker);
  });
  it('does not let a field pose as marker or op', () => {
    expect(JSON.parse(bridgeRequest('lock', 'm', { op: 'empty', marker: 'x', token: 't' }))).toEqual({ op: 'lock', marker: 'm', token: 't' });
  });
  it('takes facts without our own settings, so that they tell the truth', () => {
    expect(bridgeArgv('php', '/kit', 'config').join(' ')).not.toContain('max_input_vars');
    expect(bridgeArgv('php', '/kit', 'prove')).toContain('max_input_vars=5000');
  });
});

describe('createBridge', () => {
  it('runs Moodle as the web user, with everything on standard input', async () => {
    const { bridge, calls } = bridgeWith([ok({ ...STAGED, sha256: createHash('sha256').update('<?php').digest('hex') })]);
    const staged = await bridge.stage({ edits: [], secrets: { p: 'geheim' }, base: null });
    expect(staged.content.toString()).toBe('<?php');
    expect(staged.diff).toContain('-a\n+b');
    expect(calls[0]?.options.as).toEqual({ user: 'www-data' });
    expect(calls[0]?.cmd.argv.join(' ')).not.toContain('geheim');
    expect(calls[0]?.cmd.env).toBeUndefined();
    expect(calls[0]?.request).toMatchObject({ op: 'stage', dirroot: '/var/www/moodle', secrets: { p: 'geheim' }, base: null });
  });
  it('asks a pool as root, through its socket, and lets it know the site', async () => {
    const { bridge, calls } = bridgeWith([ok({ diskHash: SUM, runsHash: SUM, opcache: 'invalidated', unknown: 1 })]);
    expect(await bridge.converge(POOL)).toEqual({ diskHash: SUM, runsHash: SUM, opcache: 'invalidated' });
    expect(calls[0]?.options.as).toBe('root');
    expect(calls[0]?.cmd.argv.slice(-2)).toEqual(['/kit/bridge/fcgi-call.php', 'converge']);
    expect(calls[0]?.request).toMatchObject({ listen: POOL.listen, token: 'token', sslproxy: true, request: { op: 'converge', mucPath: MUC } });
  });
  it('starts Moodle the way of scripts where a page would not do, once', async () => {
    const proof = { sapi: 'fpm-fcgi', stores: {}, effective: {} };
    const { bridge, calls } = bridgeWith([no('moodle-stopped'), ok(proof)]);
    expect(await bridge.proveWeb(POOL, { stores: [], definitions: [] })).toEqual(proof);
    expect(calls.map((c) => c.request['request'].startAs)).toEqual([undefined, 'script']);
  });
  it('tells the trouble store by store where Moodle itself cannot start', async () => {
    const { bridge, calls } = bridgeWith([no('php'), ok({ sapi: 'cli', stores: {}, effective: {} })]);
    expect((await bridge.proveCli({ stores: ['app'], definitions: ['core/string'] })).effective).toEqual({ 'core/string': [] });
    expect(calls.map((c) => c.request['storesOff'])).toEqual([undefined, true]);
  });
  it('never asks for a flush that the engine did not name', async () => {
    const { bridge, calls } = bridgeWith([ok({ emptied: [], owed: [] }), ok({ emptied: [], owed: [] })]);
    await bridge.empty([], 'live');
    await bridge.empty([], { base: Buffer.from('<?php') }, ['mem']);
    expect(calls.map((c) => [c.request['base'], c.request['flushOwned']])).toEqual([
      [null, []],
      ['PD9waHA=', ['mem']],
    ]);
  });
  it.each([
    ['muc-moved', 6],
    ['muc-lock-stale', 6],
    ['lock-held', 6],
    ['collateral', 4],
    ['mapping-unsuitable', 7],
    ['not-a-moodle', 7],
    ['something new', 4],
    ['bug', 3],
  ])('gives %s its exit code and names the node', async (code, exit) => {
    const trouble = await troubleOf(bridgeWith([no(code)]).bridge.publish({ content: Buffer.from(''), expected: null, mode: null }));
    expect(trouble.exitCode).toBe(exit);
    expect(trouble.nodes).toEqual(['web1']);
    expect(trouble.remedies.length).toBeGreaterThan(0);
  });
  it('carries what the collateral guard found', async () => {
    const trouble = await troubleOf(bridgeWith([no('collateral', { found: ['store x would be gone'] })]).bridge.stage({ edits: [], secrets: {}, base: null }));
    expect(trouble.evidence).toEqual(['store x would be gone']);
  });
  it('does not take silence for success', async () => {
    const trouble = await troubleOf(bridgeWith([null]).bridge.lock({ token: 't', run: 'r', user: 'u', host: 'h', pid: 1, processStart: '', since: '' }));
    expect([trouble.code, trouble.evidence]).toEqual(['change-failed', expect.arrayContaining(['PHP Fatal error'])]);
  });
  it('refuses mod_php in words', async () => {
    const trouble = await troubleOf(bridgeWith([]).bridge.converge({ ...POOL, kind: 'apache' }));
    expect([trouble.code, trouble.message]).toEqual(['platform-refused', expect.stringContaining('mod_php')]);
  });
});
