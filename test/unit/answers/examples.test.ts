/** The examples that the package carries are what they show: each passes `answers check` as it stands. */

import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { answersCommand } from '../../../src/app/answers-commands.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXAMPLES = join(ROOT, 'templates', 'examples');
const NAMES = readdirSync(EXAMPLES).sort();

describe('examples of answers files', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'mcw-examples-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each(NAMES)('%s passes answers check', async (name) => {
    const file = join(scratch, name);
    copyFileSync(join(EXAMPLES, name), file);
    chmodSync(file, 0o600);
    for (const [, variable = ''] of readFileSync(file, 'utf8').matchAll(/env:([A-Z_]+)/g)) vi.stubEnv(variable, '0123456789abcdef');
    let said = '';
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        said += String(text);
        return true;
      });
    const code = await answersCommand('answers check', { answers: file } as never);
    expect(said).toBe(`${file}: valid.\n`);
    expect(code).toBe(0);
  });

  it('say in their first line what they are for, and are listed in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(NAMES.length).toBeGreaterThan(5);
    for (const name of NAMES) {
      expect(readFileSync(join(EXAMPLES, name), 'utf8')).toMatch(/^# [A-Z].{20,220}[.:,]?\n/);
      expect(readme).toContain(`templates/examples/${name}`);
    }
  });
});
