/** The bundle as it is published, in a real terminal: what a bundler makes of lazy modules shows only there. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atPrompt, defaultsUntil, enterUntil } from './drive.js';
import { spawnWizard } from './harness.js';

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

describe('the bundle', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-bundle-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it.each([[[]], [['--plain']]] as const)('begins with the answers file that is there %s', async (options) => {
    const file = join(dir, 'answers.yaml');
    writeFileSync(file, 'version: 1\ncluster: campus\n');
    const wizard = spawnWizard([process.execPath, BIN, '--answers', file, '--state-dir', dir, ...options]);
    await wizard.waitFor(/Enter start|campus|Moodle/, { anywhere: true });
    expect(wizard.history().join('\n')).not.toMatch(/Invalid YAML|is not a function|bug/);
    wizard.type('\u0003');
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
  });

  it.each([[[]], [['--plain']]] as const)('saves the answers and dies of the hangup when its terminal is gone %s', async (options) => {
    const file = join(dir, 'answers.yaml');
    writeFileSync(file, 'version: 1\nmoodle: {dirroot: /var/www/moodle}\n');
    const wizard = spawnWizard([process.execPath, BIN, '--answers', file, '--state-dir', dir, ...options]);
    await (options.length === 0 ? enterUntil : defaultsUntil)(wizard, 'What do you call');
    wizard.type('\u0015north\r');
    await wizard.waitFor('Which machines', { anywhere: true });
    wizard.hangUp();
    // Not 6: Node aborts when it cannot put back the settings of a terminal.
    expect(await wizard.exited()).toMatchObject({ signal: 1 });
    expect(readFileSync(file, 'utf8')).toContain('cluster: north');
  });

  it.each([
    [{ TERM: 'dumb' }, 'Plain mode: this terminal (TERM=dumb) cannot move its cursor.'],
    [{ CI: '1' }, 'Plain mode: CI is set.'],
    [{ NO_COLOR: '1' }, 'Enter start'],
    [{ LANG: 'C', LC_ALL: 'C' }, 'Enter start'],
  ] as const)('does with what there is: %j', async (env, first) => {
    const wizard = spawnWizard([process.execPath, BIN, '--answers', join(dir, 'answers.yaml'), '--state-dir', dir], { env });
    await wizard.waitFor(first, { anywhere: true });
    if (/Plain/.test(first)) await atPrompt(wizard);
    else await wizard.waitFor('Enter start');
    if ('TERM' in env) expect(wizard.raw()).not.toContain('\u001b');
    if ('NO_COLOR' in env) expect(wizard.raw()).not.toMatch(/\u001b\[(?:1|2|3\d|9\d)m/);
    if ('LANG' in env) expect(wizard.history().join('\n')).toMatch(/^[\x0a\x20-\x7e]*$/);
    wizard.type('\u0003');
    expect(await wizard.exited()).toMatchObject({ exitCode: 130 });
    expect(wizard.history().join('\n')).toContain('No answers given, nothing saved.');
  });

  it.each(['--help', '-h'])('tells with %s what it tells with help', (word) => {
    const said = (args: readonly string[]) => spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });
    const { stdout, status } = said([word]);
    expect(status).toBe(0);
    expect(stdout).toBe(said(['help']).stdout);
    expect(stdout).toContain('apply [options]');
  });

  it('fits its help into a narrow terminal', async () => {
    const wizard = spawnWizard([process.execPath, BIN, '--help'], { cols: 50, rows: 100 });
    expect(await wizard.exited()).toMatchObject({ exitCode: 0 });
    expect(wizard.history().join('\n')).toMatch(/apply \[options\] +apply the/);
    expect(wizard.history().join(' ').replace(/\s+/g, ' ')).toContain('empty stores that may serve stale content');
  });

  it('tells an answers file with invalid YAML, and its place', async () => {
    const file = join(dir, 'answers.yaml');
    writeFileSync(file, 'nodes: [');
    const wizard = spawnWizard([process.execPath, BIN, '--answers', file, '--state-dir', dir]);
    expect(await wizard.exited()).toMatchObject({ exitCode: 2 });
    expect(wizard.history().join(' ')).toMatch(/answers.yaml:1:\d+\s+Invalid YAML/);
  });
});
