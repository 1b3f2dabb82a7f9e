import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint, hostToken, judge, keyType, knownHostsLine, offeredAlgorithms, parseKnownHosts, speaksOf } from '../../../src/exec/known-hosts.js';

/** A key blob that is well formed as far as we look: type, then anything. */
function blob(type: string, fill: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.alloc(36, fill)]);
}

const ED = blob('ssh-ed25519', 1);
const ED2 = blob('ssh-ed25519', 2);
const RSA = blob('ssh-rsa', 3);
const line = (names: string, key: Buffer, marker = ''): string => `${marker}${names} ${keyType(key)} ${key.toString('base64')} a comment`;
const entries = (...lines: string[]) => parseKnownHosts(lines.join('\n'), 'kh');

describe('known_hosts', () => {
  it('reads names, lists, wildcards and negation', () => {
    const [entry] = entries(line('web1.example.org,10.0.0.*,!10.0.0.9,*.lab', ED));
    if (!entry) throw new Error('no entry');
    expect(['web1.example.org', '10.0.0.21', 'x.lab'].every((t) => speaksOf(entry, t))).toBe(true);
    expect(speaksOf(entry, '10.0.0.9')).toBe(false);
    expect(speaksOf(entry, 'web1xexample.org')).toBe(false);
  });

  it('tells ports apart', () => {
    expect(hostToken('Web1', 22)).toBe('web1');
    expect(hostToken('web1', 2222)).toBe('[web1]:2222');
    const known = entries(line('[web1]:2222', ED));
    expect(judge(known, '[web1]:2222', ED).kind).toBe('known');
    expect(judge(known, 'web1', ED).kind).toBe('unknown');
  });

  it('knows, and tells unknown, changed, revoked and authority apart', () => {
    expect(judge(entries(line('web1', ED)), 'web1', ED).kind).toBe('known');
    expect(judge(entries(line('web2', ED)), 'web1', ED).kind).toBe('unknown');
    expect(judge(entries(line('web1', ED)), 'web1', ED2).kind).toBe('changed');
    expect(judge(entries(line('web1', ED)), 'web1', RSA).kind).toBe('changed');
    expect(judge(entries(line('web1', ED), line('*', ED, '@revoked ')), 'web1', ED).kind).toBe('revoked');
    expect(judge(entries(line('*.lab', RSA, '@cert-authority ')), 'x.lab', ED).kind).toBe('authority-only');
    expect(judge(entries(line('*.lab', RSA, '@cert-authority '), line('x.lab', ED)), 'x.lab', ED).kind).toBe('known');
  });

  it('offers only the key types it knows, never SHA-1', () => {
    expect(offeredAlgorithms(entries(line('web1', RSA)), 'web1')).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(offeredAlgorithms(entries(line('web2', RSA)), 'web1')).toContain('ssh-ed25519');
    expect(offeredAlgorithms([], 'web1')).not.toContain('ssh-rsa');
  });

  it('passes over comments and lines that make no sense', () => {
    expect(entries('# comment', '', 'web1', 'web1 ssh-ed25519', '@strange web1 ssh-ed25519 AAAA')).toHaveLength(0);
  });

  it('writes lines that it knows again, hashed or not', () => {
    for (const hashed of [true, false]) {
      const known = parseKnownHosts(knownHostsLine('[web1]:2222', ED, hashed), 'kh');
      expect(judge(known, '[web1]:2222', ED).kind).toBe('known');
      expect(judge(known, 'web1', ED).kind).toBe('unknown');
    }
  });
});

describe('against OpenSSH', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-kh-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('agrees with ssh-keygen on fingerprints and on hashed names', () => {
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key')]);
    if (made.status !== 0) return;
    const [type = '', key = ''] = readFileSync(join(dir, 'key.pub'), 'utf8').split(' ');
    const bytes = Buffer.from(key, 'base64');
    expect(keyType(bytes)).toBe(type);
    expect(spawnSync('ssh-keygen', ['-lf', join(dir, 'key.pub')], { encoding: 'utf8' }).stdout).toContain(fingerprint(bytes));
    const file = join(dir, 'known_hosts');
    writeFileSync(file, `[web1]:2222 ${type} ${key}\n`);
    spawnSync('ssh-keygen', ['-H', '-f', file]);
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('|1|')).toBe(true);
    expect(judge(parseKnownHosts(text, file), '[web1]:2222', bytes).kind).toBe('known');
    writeFileSync(file, knownHostsLine('[web9]:2222', bytes, true));
    expect(spawnSync('ssh-keygen', ['-f', file, '-F', '[web9]:2222']).status).toBe(0);
  });
});
