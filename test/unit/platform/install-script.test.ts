/** The script that installs packages: tried again while its source is away, and its code told whatever the disk is like. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** An apt-get that counts its calls and succeeds at the one that $AT says; before, it says $SAYS and ends with 100. */
const APT = `#!/bin/sh
n=$(($(cat "$DIR/calls" 2>/dev/null || echo 0) + 1)); echo $n >"$DIR/calls"
for word; do :; done; echo "installing $word"
[ "$n" -ge "$AT" ] && exit 0
echo "$SAYS" >&2; exit 100
`;
const AWAY = 'E: Failed to fetch http://mirror.example/x.deb  Could not connect';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcw-install-'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'apt-get'), APT);
  chmodSync(join(dir, 'bin', 'apt-get'), 0o755);
  // The script's own PATH leads past the one made here; pauses are a matter of its words.
  const script = readFileSync('templates/sh/apply-install.sh', 'utf8').replace(/^PATH=\S+/m, `PATH=${join(dir, 'bin')}:/usr/bin:/bin`);
  writeFileSync(join(dir, 'install.sh'), script.replace('sleep "$pause"', 'true'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function install(at: number, says: string, env: Readonly<Record<string, string>> = {}) {
  const run = spawnSync('sh', [join(dir, 'install.sh'), 'apt', '-', "it's one"], { encoding: 'utf8', env: { DIR: dir, AT: String(at), SAYS: says, ...env } });
  return { code: run.status, said: run.stdout, calls: Number(execFileSync('cat', [join(dir, 'calls')], { encoding: 'utf8' })) };
}

describe('apply-install.sh', () => {
  it('installs at once where nothing is in the way', () => {
    expect(install(1, '')).toEqual({ code: 0, said: "installing it's one\n", calls: 1 });
  });

  it('tries again while the source is away, and shows all that was said', () => {
    const { code, said, calls } = install(3, AWAY);
    expect([code, calls]).toEqual([0, 3]);
    expect(said).toBe(`installing it's one\n${AWAY}\nretrying in 5 s\ninstalling it's one\n${AWAY}\nretrying in 15 s\ninstalling it's one\n`);
  });

  it('gives up after the fifth time, with the code of apt', () => {
    expect(install(9, AWAY)).toMatchObject({ code: 100, calls: 5 });
  });

  it('does not try again what is no matter of the source', () => {
    expect(install(9, 'E: Sub-process /usr/bin/dpkg returned an error code (1)')).toMatchObject({ code: 100, calls: 1 });
  });

  it('tries once where nothing can be kept: success is success, and the code that of apt', () => {
    const full = { TMPDIR: join(dir, 'none') };
    expect(install(1, '', full)).toMatchObject({ code: 0, calls: 1 });
    rmSync(join(dir, 'calls'));
    expect(install(9, AWAY, full)).toMatchObject({ code: 100, calls: 1 });
  });
});
