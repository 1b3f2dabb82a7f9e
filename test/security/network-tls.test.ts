/** Threat model E: what a peer over TLS gets to see before it has proven who it is. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, putAnswers, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';
import { tlsPeer } from './tls-peer.js';

const ANSWERS = ['--answers', '/root/answers.yaml'] as const;
const MEMBERS = ['main', 'web1', 'web2'] as const;

describe.each(TARGETS)('TLS, %s', (release) => {
  let lab: Lab;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    lab = await targetLab(release);
  });
  afterEach(async () => {
    await stop?.();
    stop = undefined;
  });
  afterAll(async () => {
    await lab?.down();
  });

  const bridge = () => lab.hosts.main.ip.replace(/\.\d+$/, '.1');

  async function planAgainst(kind: Parameters<typeof tlsPeer>[1], tls: string): Promise<{ received: string; handshakes: number; text: string }> {
    const peer = await tlsPeer(bridge(), kind);
    stop = peer.close;
    for (const node of MEMBERS) await lab.host(node).must('cat >/etc/ssl/redis-test-ca.pem', { stdin: peer.ca });
    const service = `  - {name: r1, plugin: redis, address: "${bridge()}:${peer.port}", password: secret:redisPassword, tls: ${tls}}\n`;
    await putAnswers(
      lab,
      answersText('redis', (text) => text.replace(/^ {2}- \{name: redis1.*\n/m, service)),
    );
    const run = await wizard(lab, ['plan', ...ANSWERS]);
    return { received: peer.received(), handshakes: peer.handshakes(), text: run.stdout };
  }

  it.each([
    ['self-signed', 'true', 'self-signed'],
    ['self-signed', '{cafile: /etc/ssl/redis-test-ca.pem}', 'self-signed'],
    ['wrong-name', '{cafile: /etc/ssl/redis-test-ca.pem}', 'is for other.example.org and not for'],
    ['expired', '{cafile: /etc/ssl/redis-test-ca.pem}', 'expired on'],
    ['good', 'true', 'signed by an authority that is not trusted'],
  ] as const)('a %s peer with tls: %s gets no password, and the error says why', async (kind, tls, words) => {
    const { received, handshakes, text } = await planAgainst(kind, tls);
    console.log(`${kind}: ${handshakes} connections, ${received.length} bytes after the handshake`);
    expect(handshakes).toBeGreaterThan(0);
    expect(received).toBe('');
    expect(text).toContain(words);
  });

  it('a peer that the file vouches for gets the password: the probe can tell', async () => {
    const { received } = await planAgainst('good', '{cafile: /etc/ssl/redis-test-ca.pem}');
    expect(received).toContain('AUTH');
  });

  it('the PHP extension that Moodle uses sends no password either', async () => {
    await lab.hosts.main.must('apt-get update -qq && apt-get install -y -qq php-redis', { timeoutMs: 120_000 });
    expect((await lab.hosts.main.exec('php -m')).stdout).toMatch(/^redis$/m);
    const own = await planAgainst('self-signed', '{cafile: /etc/ssl/redis-test-ca.pem}');
    expect(own.handshakes).toBeGreaterThan(0);
    expect(own.received).toBe('');
    await stop?.();
    expect((await planAgainst('good', '{cafile: /etc/ssl/redis-test-ca.pem}')).received).toContain('AUTH');
  });

  it('only an explicit verify: none sends it unverified, and the plan warns', async () => {
    const { received, text } = await planAgainst('self-signed', '{verify: none}');
    expect(received).toContain('AUTH');
    expect(text).toMatch(/its certificate is not verified|encryption/);
  });
});
