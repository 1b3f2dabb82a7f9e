/** The SSH client inside the bundle, without its native parts: every algorithm and kind of key that the sshd of the lab's hosts takes. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE } from '../bundle-options.mjs';
import type { Lab } from '../lab/index.js';
import { TARGETS, targetLab } from './lab.js';

/** A key of each kind, with and without a passphrase, in both formats, let in as deploy of web1. */
const KEYS = `set -e
rm -rf /root/algorithm-keys; mkdir -m 700 /root/algorithm-keys; cd /root/algorithm-keys
make() { file=$1; shift; ssh-keygen -q -f "$file" "$@"; }
make ed25519 -t ed25519 -N ''
make ed25519-encrypted -t ed25519 -N long-enough
make ecdsa256 -t ecdsa -b 256 -N ''
make ecdsa384 -t ecdsa -b 384 -N ''
make ecdsa521-encrypted -t ecdsa -b 521 -N long-enough
make rsa3072 -t rsa -b 3072 -N ''
make rsa-encrypted -t rsa -b 3072 -N long-enough
make rsa-pem -t rsa -b 3072 -m PEM -N ''
make rsa-pem-encrypted -t rsa -b 3072 -m PEM -N long-enough
cat *.pub | ssh deploy@web1 'cat >>~/.ssh/authorized_keys'`;

describe.each(TARGETS)('SSH of the bundle on %s', (release) => {
  let lab: Lab;
  let scratch: string;
  let lines: readonly string[];

  beforeAll(async () => {
    lab = await targetLab(release);
    scratch = mkdtempSync(join(tmpdir(), 'mcw-ssh-'));
    // The lab's hosts have one key each; an sshd as distributions install it has three.
    await lab.hosts.web1.must('ssh-keygen -A && systemctl restart ssh');
    const outfile = join(scratch, 'ssh-algorithms.mjs');
    await build({ ...BUNDLE, entryPoints: ['test/security/files/ssh-algorithms.ts'], outfile });
    await lab.hosts.main.must(KEYS, { timeoutMs: 120_000 });
    await lab.hosts.main.must(['sh', '-c', 'cat >/root/ssh-algorithms.mjs'], { stdin: readFileSync(outfile, 'utf8') });
    const said = await lab.hosts.main.must('/usr/local/bin/node /root/ssh-algorithms.mjs web1 deploy /root/algorithm-keys', { timeoutMs: 300_000 });
    lines = said.trim().split('\n');
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await lab?.down();
  });

  it('logs in and moves data with each of them', () => {
    expect(lines.filter((line) => !line.endsWith(': ok'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('key '))).toHaveLength(9);
    expect(lines.length).toBeGreaterThanOrEqual(30);
  });

  it('has the authenticated cipher of OpenSSH among them', () => expect(lines).toContain('cipher chacha20-poly1305@openssh.com: ok'));
});
