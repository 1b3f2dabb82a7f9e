/** known_hosts as data: pure parsing and matching, after sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT". */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface KnownHostLine {
  readonly marker: 'revoked' | 'cert-authority' | null;
  readonly patterns: string;
  readonly keyType: string;
  /** Base64 of the key blob. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked'; readonly line: KnownHostLine }
  | { readonly kind: 'changed'; readonly lines: readonly KnownHostLine[] }
  | { readonly kind: 'authority-only'; readonly line: KnownHostLine };

/** The name a host goes by in known_hosts: as it is for port 22, else `[name]:port`. */
export function hostToken(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The entries of one file; comments and invalid lines are skipped, as in OpenSSH. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return [];
    const marker = words[0]?.startsWith('@') ? (words.shift() ?? '') : null;
    if (marker !== null && marker !== '@revoked' && marker !== '@cert-authority') return [];
    const [patterns, keyType, key] = words;
    if (patterns === undefined || keyType === undefined || key === undefined) return [];
    return [{ marker: marker === null ? null : marker === '@revoked' ? 'revoked' : 'cert-authority', patterns, keyType, key, file, line: index + 1 }];
  });
}

/** Whether an entry applies to this host: hashed, or a list of patterns of which no negated one matches. */
export function speaksOf(entry: KnownHostLine, token: string): boolean {
  if (entry.patterns.startsWith('|1|')) return matchesHash(entry.patterns, token);
  let matched = false;
  for (const pattern of entry.patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, token)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHash(hashed: string, token: string): boolean {
  const [, , salt, hash] = hashed.split('|');
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(token).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function matchesPattern(pattern: string, token: string): boolean {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`));
  return new RegExp(`^${source}$`, 's').test(token);
}

/** The type that stands at the beginning of a key blob: `ssh-ed25519`. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return '';
  return blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
}

/** As `ssh-keygen -lf` prints it: `SHA256:…`. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The verdict on the key of a host. A revoked key is refused even if another entry accepts it. */
export function judge(entries: readonly KnownHostLine[], token: string, blob: Buffer): Verdict {
  const ours = entries.filter((e) => speaksOf(e, token));
  const key = blob.toString('base64');
  const revoked = ours.find((e) => e.marker === 'revoked' && e.key === key);
  if (revoked) return { kind: 'revoked', line: revoked };
  const plain = ours.filter((e) => e.marker === null);
  if (plain.some((e) => e.key === key)) return { kind: 'known' };
  if (plain.length > 0) return { kind: 'changed', lines: plain };
  const authority = ours.find((e) => e.marker === 'cert-authority');
  return authority ? { kind: 'authority-only', line: authority } : { kind: 'unknown' };
}

/** Signature algorithms a host may be asked for when its key types are known; SHA-1 is never offered. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** Host key algorithms to offer: only those of the types known for this host, or all when there is none (else a right key of another type looks changed). */
export function offeredAlgorithms(entries: readonly KnownHostLine[], token: string): readonly string[] {
  const types = new Set(entries.filter((e) => e.marker === null && speaksOf(e, token)).map((e) => e.keyType));
  const known = Object.entries(ALGORITHMS).filter(([type]) => types.has(type));
  return (known.length > 0 ? known : Object.entries(ALGORITHMS)).flatMap(([, algorithms]) => algorithms);
}

/** The line to add for a host; `hashed` as set by HashKnownHosts. */
export function knownHostsLine(token: string, blob: Buffer, hashed: boolean): string {
  return `${hashed ? hashToken(token, randomBytes(20)) : token} ${keyType(blob)} ${blob.toString('base64')}\n`;
}

function hashToken(token: string, salt: Buffer): string {
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(token).digest('base64')}`;
}
