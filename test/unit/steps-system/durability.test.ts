/**
 * What a power cut leaves: a new name is only there after it when its folder was written too. Each script runs for real with `sync`, `mv` and `rm` on record,
 * and a cut right after it ended must find every name that it made or removed.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const script = (name: string) => fileURLToPath(new URL(`../../../templates/sh/${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mcw-durability-'));
const bin = join(dir, 'bin');
const log = join(dir, 'log');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

mkdirSync(bin);
for (const tool of ['sync', 'mv', 'rm']) {
  writeFileSync(join(bin, tool), `#!/bin/sh\nfor last; do :; done\nprintf '%s %s\\n' ${tool} "$last" >>${log}\nPATH=/usr/bin:/bin exec ${tool} "$@"\n`);
  chmodSync(join(bin, tool), 0o755);
}

beforeEach(() => writeFileSync(log, ''));

function run(name: string, args: readonly string[], stdin = ''): void {
  execFileSync('sh', [script(name), ...args], { input: stdin, env: { PATH: `${bin}:/usr/bin:/bin` } });
}

/** Folders whose last change of a name was not followed by a sync of that folder. */
function lostByPowerCut(): readonly string[] {
  const lost = new Set<string>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [tool, path = ''] = line.split(' ');
    if ((tool === 'mv' || tool === 'rm') && !/\.tmp$|\.[A-Za-z0-9]{8}$|reserve$/.test(path)) lost.add(dirname(path));
    if (tool === 'sync') lost.delete(path);
  }
  return [...lost];
}

/** Folders that were synced. */
const synced = () =>
  readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((l) => (l.startsWith('sync ') ? [l.slice(5)] : []));
const withSum = (text: string) => `${createHash('sha256').update(text).digest('hex')}\n${text}`;

describe('a power cut right after', () => {
  const root = join(dir, 'record');
  const site = join(root, 'sites', 'abc');

  it('a write to the record finds the file, and every folder that was made for it', () => {
    run('site-record.sh', ['write', root, 'abc', 'restore-points/p1/meta.json'], withSum('{}'));
    expect(lostByPowerCut()).toEqual([]);
    expect(synced()).toEqual(expect.arrayContaining([join(site, 'restore-points', 'p1'), join(site, 'restore-points'), site, join(root, 'sites'), root]));
  });

  it('the first line of a list finds it; further lines need no more than the file', () => {
    run('site-record.sh', ['append', root, 'abc', 'audit.jsonl'], '{}\n');
    expect(synced()).toContain(site);
    writeFileSync(log, '');
    run('site-record.sh', ['append', root, 'abc', 'audit.jsonl'], '{}\n');
    expect(synced()).toEqual([join(site, 'audit.jsonl')]);
  });

  it('a restore point was dropped, or a file removed, does not find it again', () => {
    run('site-record.sh', ['remove', root, 'abc', 'audit.jsonl']);
    expect(lostByPowerCut()).toEqual([]);
    writeFileSync(log, '');
    run('site-record.sh', ['drop', root, 'abc', 'p1']);
    expect(synced()).toContain(join(site, 'restore-points'));
  });

  it('a file was kept finds the copy and what it says of owner and mode', () => {
    const path = join(dir, 'kept.conf');
    writeFileSync(path, 'x');
    run('record-keep.sh', [join(dir, 'before', 'run1'), 'id1', path]);
    expect(lostByPowerCut()).toEqual([]);
    expect(synced()).toEqual(expect.arrayContaining([join(dir, 'before', 'run1'), join(dir, 'before')]));
  });

  it('a copy was restored, or a new file removed, finds it so', () => {
    const path = join(dir, 'kept.conf');
    run('record-restore.sh', [join(dir, 'before', 'run1'), 'id1', path]);
    expect(synced().at(-1)).toBe(dir);
    writeFileSync(log, '');
    run('record-restore.sh', [join(dir, 'before', 'run1'), '-', path]);
    expect(synced().at(-1)).toBe(dir);
  });

  it('files were guarded finds the script that restores them, and all that it reads, with their content', () => {
    const record = join(dir, 'before', 'run2');
    run('guarded-keep.sh', [record, 'php8.2-fpm.service']);
    const names = ['units', 'as-user.sh', 'guarded-file.sh', 'restore.sh', 'guarded'];
    const lines = readFileSync(log, 'utf8').split('\n');
    for (const name of names) {
      const content = lines.indexOf(`sync ${join(record, `${name}.new`)}`);
      expect(content, name).toBeGreaterThanOrEqual(0);
      expect(lines.indexOf(`mv ${join(record, name)}`), name).toBeGreaterThan(content);
    }
    expect(lostByPowerCut()).toEqual([]);
    expect(synced()).toEqual(expect.arrayContaining([record, join(dir, 'before')]));
  });

  it("it is on record that a file was not there finds that, and only then may a rollback remove what is not the wizard's own", () => {
    const record = join(dir, 'before', 'run3');
    const path = join(dir, 'new.conf');
    const restore = () => run('record-restore.sh', [record, 'absent:id1', path]);
    mkdirSync(record, { mode: 0o700 });
    writeFileSync(path, 'not of this run');
    expect(restore).toThrow('no record that');
    expect(readFileSync(path, 'utf8')).toBe('not of this run');
    rmSync(path);
    writeFileSync(log, '');
    run('record-keep.sh', [record, 'id1', path]);
    expect(synced()).toEqual(expect.arrayContaining([record, join(dir, 'before')]));
    writeFileSync(path, 'of this run');
    restore();
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});
