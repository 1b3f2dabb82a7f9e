/** Threat model E: what is advised for a host key, and the lists of revoked keys that OpenSSH obeys. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hostKeyCheck } from '../../../src/exec/hostkey.js';
import { resolveTarget } from '../../../src/exec/ssh-target.js';

const dir = mkdtempSync(join(tmpdir(), 'mcw-host-keys-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const head = Buffer.alloc(4);
head.writeUInt32BE(11);
const KEY = Buffer.concat([head, Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]);

const target = (more = '') =>
  resolveTarget('web1', {}, { home: dir, env: {}, sshG: async () => `hostname web1\nuser deploy\nport 2222\nuserknownhostsfile ${dir}/known_hosts\n${more}` });

describe('a host key that is not known', () => {
  it('is added as the key that was compared: nothing is asked of the network again', async () => {
    const check = await hostKeyCheck('web1', await target(), 'known_hosts');
    expect(check.verify(KEY)).toBe(false);
    const advice = (check.refusal()?.remedies ?? []).join('\n');
    execFileSync('sh', ['-c', /add this key: (.*)/.exec(advice)?.[1] ?? 'false']);
    expect(readFileSync(join(dir, 'known_hosts'), 'utf8')).toBe(`[web1]:2222 ssh-ed25519 ${KEY.toString('base64')}\n`);
    expect((await hostKeyCheck('web1', await target(), 'known_hosts')).verify(KEY)).toBe(true);
    expect(advice).not.toContain('ssh-keyscan');
  });
});

describe('RevokedHostKeys', () => {
  it('is never passed over: a host that it may refuse is not connected to', async () => {
    await expect(hostKeyCheck('web1', await target(`revokedhostkeys ${dir}/revoked\n`), 'known_hosts')).rejects.toThrow('RevokedHostKeys');
    await expect(hostKeyCheck('web1', await target('revokedhostkeys none\n'), 'known_hosts')).resolves.toBeDefined();
  });
});
