/** How a node's own web server is asked for pages, for the trial and for measuring: by answers, config.php and what the survey found listening. */

import { describe, expect, it } from 'vitest';
import { pageTargets } from '../../../../src/caches/muc/page-targets.js';
import type { Listener, MoodleNodeFacts } from '../../../../src/core/facts.js';
import { CLUSTER, MOODLE, nodeFacts } from '../../survey/world.js';

const tcp = (address: string, port: number, process: string): Listener => ({ protocol: 'tcp', address, port, process, pid: 1 });

function web1(listeners: readonly Listener[], moodle: Partial<MoodleNodeFacts> = {}) {
  const own = { listeners, addresses: ['10.0.0.21'], moodle: { ...MOODLE, ...moodle } };
  const facts = { nodes: { main: nodeFacts('main', own), web1: nodeFacts('web1', own) }, site: null };
  return pageTargets(CLUSTER, facts).find((t) => t.node === 'web1');
}

describe('how a node is asked for pages', () => {
  it('asks over TLS where nobody else ends it, by the public name', () => {
    expect(web1([tcp('0.0.0.0', 443, 'nginx')])).toMatchObject({
      address: '127.0.0.1',
      port: 443,
      tls: true,
      host: 'moodle.example.org',
      forwardedProto: null,
    });
  });

  it('asks as the balancer does where that ends TLS or calls the node by its own name', () => {
    expect(web1([tcp('10.0.0.21', 80, 'nginx')], { sslproxy: true })).toMatchObject({ address: '10.0.0.21', port: 80, tls: false, forwardedProto: 'https' });
    expect(web1([tcp('0.0.0.0', 80, 'nginx')], { sslproxy: true, reverseproxy: true })).toMatchObject({ host: 'web1' });
  });

  it('goes to the one port that a web server was found on where nothing listens on the usual one', () => {
    const behind = { sslproxy: true };
    expect(web1([tcp('10.0.0.21', 8080, 'apache2'), tcp('0.0.0.0', 22, 'sshd')], behind)).toMatchObject({ address: '10.0.0.21', port: 8080 });
    expect(web1([tcp('0.0.0.0', 8080, 'apache2'), tcp('0.0.0.0', 80, 'nginx')], behind)?.port).toBe(80);
    // Two to choose from, or none that was found: as answered.
    expect(web1([tcp('0.0.0.0', 8080, 'apache2'), tcp('0.0.0.0', 8081, 'nginx')], behind)?.port).toBe(80);
    expect(web1([], behind)?.port).toBe(80);
  });
});
