import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensurePrivateDir } from '../../../src/local/write.js';

describe('folders for records', () => {
  it('are made with all above them, 0700, and may be there already', () => {
    const base = mkdtempSync(join(tmpdir(), 'mcw-dir-'));
    ensurePrivateDir(join(base, 'a', 'b', 'c'));
    ensurePrivateDir(join(base, 'a', 'b', 'c'));
    expect(statSync(join(base, 'a', 'b')).mode & 0o777).toBe(0o700);
    rmSync(base, { recursive: true });
  });

  it('below /proc are refused at once', () => {
    expect(() => ensurePrivateDir('/proc/x/y/z')).toThrow();
  });
});
