/** The build may run while the wizard runs from the same folder: it never leaves half of it there, and leaves it alone when nothing has changed. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, stamp, swapIn, sweep, upToDate } from '../../build-folder.mjs';

const MODULE = fileURLToPath(new URL('../../build-folder.mjs', import.meta.url));

let scratch: string;
let dist: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mcw-build-'));
  dist = join(scratch, 'dist');
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function folder(path: string, text: string): void {
  mkdirSync(path);
  for (const name of ['a.js', 'b.js']) writeFileSync(join(path, name), text);
}

describe('a folder with a stamp', () => {
  let input: string;
  beforeEach(() => {
    input = join(scratch, 'input.ts');
    writeFileSync(input, 'one');
    folder(dist, 'built');
    stamp(dist, [input, join(scratch, 'package-that-is-not-there')]);
  });

  it('is up to date while its inputs and its files are what they were', () => expect(upToDate(dist)).toBe(true));

  it.each<[string, () => void]>([
    ['an input changed', () => writeFileSync(input, 'two')],
    ['an input is missing', () => rmSync(input)],
    ['a file of it was changed', () => writeFileSync(join(dist, 'a.js'), 'edited')],
    ['a file of it is missing', () => rmSync(join(dist, 'b.js'))],
    ['the stamp is damaged', () => writeFileSync(join(dist, '.build.json'), '{"inputs":')],
    ['the stamp is missing', () => rmSync(join(dist, '.build.json'))],
  ])('is built again when %s', (_what, change) => {
    change();
    expect(upToDate(dist)).toBe(false);
  });
});

describe('the swap', () => {
  it('replaces the whole folder and leaves nothing beside it', () => {
    folder(dist, 'old');
    writeFileSync(join(dist, 'chunk-of-before.js'), '');
    const fresh = freshFolder(dist);
    folder(fresh, 'new');
    swapIn(fresh, dist);
    expect(readdirSync(scratch)).toEqual(['dist']);
    expect(readdirSync(dist).sort()).toEqual(['a.js', 'b.js']);
    expect(readFileSync(join(dist, 'a.js'), 'utf8')).toBe('new');
  });

  it('works where nothing was before', () => {
    const fresh = freshFolder(dist);
    folder(fresh, 'new');
    swapIn(fresh, dist);
    expect(readdirSync(scratch)).toEqual(['dist']);
  });

  it('keeps the folder of before when the build fails', () => {
    folder(dist, 'old');
    expect(() => swapIn(freshFolder(dist), dist)).toThrow('ENOENT');
    expect(readFileSync(join(dist, 'a.js'), 'utf8')).toBe('old');
  });

  it('survives other builds at the same time: one whole result stays', async () => {
    const program = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      import { freshFolder, swapIn } from ${JSON.stringify(MODULE)};
      for (let i = 0; i < 100; i += 1) {
        const fresh = freshFolder(process.argv[1]);
        mkdirSync(fresh);
        for (const name of ['a.js', 'b.js']) writeFileSync(fresh + '/' + name, process.pid + ' ' + i);
        swapIn(fresh, process.argv[1]);
      }`;
    const build = () =>
      new Promise<number | null>((done) =>
        spawn(process.execPath, ['--input-type=module', '-e', program, dist], { stdio: 'inherit' }).on('close', (code) => done(code)),
      );
    expect(await Promise.all([build(), build()])).toEqual([0, 0]);
    expect(readdirSync(scratch)).toEqual(['dist']);
    expect(readFileSync(join(dist, 'a.js'), 'utf8')).toBe(readFileSync(join(dist, 'b.js'), 'utf8'));
  });
});

describe('leftovers', () => {
  it('of builds that were killed are removed, of others not', () => {
    const { pid: gone = 0 } = spawnSync('true');
    const names = [`dist.new-${gone}`, `dist.old-${gone}`, `dist.new-${process.pid}`, `other.new-${gone}`, 'dist.new-notes', 'dist'];
    for (const name of names) mkdirSync(join(scratch, name));
    sweep(dist);
    expect(readdirSync(scratch).sort()).toEqual(['dist', `dist.new-${process.pid}`, 'dist.new-notes', `other.new-${gone}`].sort());
  });

  it('are looked for in vain where there is no folder yet', () => {
    sweep(join(scratch, 'not-there', 'dist'));
    expect(existsSync(join(scratch, 'not-there'))).toBe(false);
  });
});
