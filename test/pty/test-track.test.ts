/** The program with one track more, of one step: chosen, asked, planned, run, resumed and rolled back in both interactive front ends; and its command line. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, buildWithTrack, trackFolder } from '../track/bundle.js';
import { defaultsUntil, enterUntil } from './drive.js';
import { childEnv, KEY, spawnWizard, type WizardProcess } from './harness.js';

const FOLDER = trackFolder('pty');
let app: string;
let bin: string;
const started: WizardProcess[] = [];

beforeAll(async () => {
  bin = await buildProgram(FOLDER);
  app = await buildWithTrack('test/track/app.ts', join(FOLDER, 'pty'));
});
afterEach(() => {
  for (const wizard of started.splice(0)) wizard.kill('SIGKILL');
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function start(...args: readonly string[]): WizardProcess {
  const wizard = spawnWizard([process.execPath, app, ...args], { cols: 100, rows: 40 });
  started.push(wizard);
  return wizard;
}

async function expectMarked(wizard: WizardProcess): Promise<void> {
  expect(await wizard.exited()).toMatchObject({ exitCode: 0 });
  for (const node of ['main', 'web1', 'web2', 'cache1']) expect(wizard.history().join('\n')).toContain(`there ${node}: campus production`);
}

describe('on the full screen', () => {
  it('the track is chosen, asks, plans and runs', async () => {
    const wizard = start('ink', 'fresh');
    await enterUntil(wizard, 'What would you like to do?');
    await wizard.waitFor('A track of one step, for tests');
    wizard.type(`${KEY.down}${KEY.enter}`);
    await enterUntil(wizard, 'What should the marker file say?');
    expect(wizard.screen().join('\n')).toContain('Step 1: Mark every node');
    wizard.type(`campus production${KEY.enter}`);
    await wizard.waitFor('Who is responsible for this cluster?');
    wizard.type(KEY.enter);
    await wizard.waitFor('p to build the plan');
    expect(wizard.screen().join('\n')).toMatch(/1 Marker +Text of the marker +campus production/);
    wizard.type('p');
    await wizard.waitFor('a approve');
    expect(wizard.screen().join('\n')).toContain('Write /etc/moodle-cluster-wizard/marker.conf');
    wizard.type('a');
    await wizard.waitFor('y yes');
    wizard.type('y');
    await wizard.waitFor('Restore point: ');
    wizard.type('q');
    await expectMarked(wizard);
  });

  it('a run that was killed is resumed', async () => {
    const wizard = start('ink', 'unfinished', 'marker');
    await enterUntil(wizard, 'It was killed.');
    wizard.type(KEY.enter);
    await wizard.waitFor('a approve');
    wizard.type('a');
    await wizard.waitFor('y yes');
    wizard.type('y');
    await wizard.waitFor('Restore point: ');
    wizard.type('q');
    await expectMarked(wizard);
  });
});

describe('line by line', () => {
  it('the track that was named asks, plans and runs', async () => {
    const wizard = start('plain', 'fresh', 'marker');
    await defaultsUntil(wizard, 'What should the marker file say?');
    expect(wizard.history().join('\n')).toContain('Step 1 of the guide: Mark every node');
    wizard.type('campus production\r');
    await defaultsUntil(wizard, 'Approve and run');
    expect(wizard.history().join('\n')).toContain('Write /etc/moodle-cluster-wizard/marker.conf');
    wizard.type('2\r');
    await expectMarked(wizard);
  });

  it('a run that was killed is rolled back', async () => {
    const wizard = start('plain', 'unfinished', 'marker');
    await defaultsUntil(wizard, '. Roll');
    const menu = wizard.history().join('\n');
    wizard.type(`${/(\d)\. Roll/.exec(menu)?.[1]}\r`);
    await wizard.waitFor('remove /etc/moodle-cluster-wizard/marker.conf', { anywhere: true });
    await defaultsUntil(wizard, 'Approve and run');
    wizard.type('2\r');
    await wizard.waitFor(/ended 0 \w+/, { anywhere: true });
    expect(wizard.history().join('\n')).not.toContain('there main');
  });
});

describe('the command line', () => {
  const env = childEnv();
  const out = (...args: readonly string[]) => execFileSync(process.execPath, [bin, ...args], { env, encoding: 'utf8' });
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-track-cli-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function run(marker: string, ...args: readonly string[]) {
    const file = join(dir, 'answers.yaml');
    const nodes = '[{name: main, host: local, roles: [main, web, cron]}]';
    writeFileSync(file, `version: 1\ncluster: campus\nmoodle: {dirroot: ${dir}}\nnodes: ${nodes}\n${marker}`, { mode: 0o600 });
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args, '--answers', file, '--state-dir', join(dir, 'state')], { env, encoding: 'utf8' });
    return { status, stderr: stderr.replaceAll(/\u001b\[[\d;]*m/g, '').replaceAll(/\s+/g, ' ') };
  }

  it('offers the choice in help and completion', () => {
    for (const command of ['wizard', 'plan', 'apply', 'verify', 'advise']) expect(out('help', command)).toMatch(/--track <name>[\s\S]*"caches",\s+"marker"/);
    expect(out('help', 'rollback')).not.toContain('--track');
    expect(out('completion', 'bash')).toContain('plan|--track|value|');
  });

  it('takes its part of the answers file, and names the part in the schema', () => {
    const schema = JSON.parse(out('answers', 'schema'));
    expect(schema.properties.marker).toMatchObject({ description: 'Marker files on the nodes', properties: { text: { type: 'string' } } });
    expect(schema.properties.track.enum).toEqual(['caches', 'marker']);
    expect(run('marker: {text: x, owne: y}\n', 'plan').stderr).toContain('Unknown key "owne". Did you mean "owner"?');
  });

  it('names what is missing, and steps of the chosen track only', () => {
    expect(run('', 'plan', '--track', 'marker')).toMatchObject({ status: 2, stderr: expect.stringContaining('The answers lack "marker.text"') });
    expect(run('track: marker\n', 'apply', '--yes').stderr).toContain('The answers lack "marker.text"');
    expect(run('marker: {text: x}\n', 'plan', '--from-step', '5').stderr).toContain('Steps: 1 (marker.files)');
    expect(run('marker: {text: x}\n', 'plan', '--track', 'caches', '--only-step', '9').stderr).toContain('5 (caches.mappings)');
    expect(run('', 'plan', '--track', 'none')).toMatchObject({ status: 2, stderr: expect.stringContaining('Allowed choices are caches, marker.') });
  });
});
