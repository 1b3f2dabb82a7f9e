/** The bundle as it is published, in a real terminal: what a bundler makes of lazy modules shows only there. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    await wizard.waitFor(/Enter begin|campus|Moodle/, { timeoutMs: 20_000, anywhere: true });
    expect(wizard.history().join('\n')).not.toMatch(/no YAML|is not a function|bug/);
    wizard.type('\u0003');
    expect(await wizard.exited(20_000)).toMatchObject({ exitCode: 130 });
  });

  it('tells an answers file that is no YAML, and its place', async () => {
    const file = join(dir, 'answers.yaml');
    writeFileSync(file, 'nodes: [');
    const wizard = spawnWizard([process.execPath, BIN, '--answers', file, '--state-dir', dir]);
    expect(await wizard.exited(20_000)).toMatchObject({ exitCode: 2 });
    expect(wizard.history().join(' ')).toMatch(/answers.yaml:1:\d+\s+This is no YAML/);
  });
});
