/** A site record that others own, could change or have linked is not believed by the script that reads it. */

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root: string;
let point: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mcw-trusted-'));
  point = join(root, 'sites', 's1', 'restore-points', 'r1');
  mkdirSync(point, { recursive: true, mode: 0o700 });
  writeFileSync(join(point, 'undo.jsonl'), '{}\n', { mode: 0o600 });
  writeFileSync(join(point, 'meta.json'), '{}', { mode: 0o600 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const call = (...args: readonly string[]) => spawnSync('sh', ['templates/sh/site-record.sh', ...args], { encoding: 'utf8' });
const undo = () => join(point, 'undo.jsonl');

const FAULTS: Readonly<Record<string, () => void>> = {
  'a file that everybody may write': () => chmodSync(undo(), 0o666),
  'a file that its group may write': () => chmodSync(undo(), 0o660),
  'a folder that everybody may write': () => chmodSync(point, 0o777),
  'a folder above that everybody may write': () => chmodSync(root, 0o777),
  'a file that is a link': () => {
    renameSync(undo(), join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), undo());
  },
  'a folder that is a link': () => {
    renameSync(point, join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), point);
  },
  'a file with a second name': () => linkSync(undo(), join(root, 'second')),
  ...(process.getuid?.() === 0
    ? { 'a file of another user': () => chownSync(undo(), 65534, 0), 'a folder of another user': () => chownSync(point, 65534, 0) }
    : {}),
};

describe('a site record', () => {
  it('of root alone is read and written', () => {
    expect(call('read', root, 's1', 'restore-points/r1/undo.jsonl')).toMatchObject({ status: 0, stdout: '{}\n' });
    expect(call('points', root, 's1').stdout).toBe('r1\t{}\n');
    expect(call('reserve', root, 's2').status).toBe(0);
  });

  it.each(Object.entries(FAULTS))('with %s is refused, with its name', (_name, make) => {
    make();
    for (const args of [
      ['read', root, 's1', 'restore-points/r1/undo.jsonl'],
      ['points', root, 's1'],
      ['append', root, 's1', 'audit.jsonl'],
    ]) {
      const { status, stdout, stderr } = call(...args);
      expect({ status, stdout }).toEqual({ status: 77, stdout: '' });
      expect(stderr).toContain(root);
    }
  });
});
