/** Threat model E: false cache services that answer without end, in lists within lists, or a byte now and then. */

import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, putAnswers, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

const ANSWERS = ['--answers', '/root/answers.yaml'] as const;

/** What each sends when it is asked something: first, then again and again. */
const KINDS = {
  bulk: { first: '$2000000000\r\n', more: 'x'.repeat(65_536), words: 'more than 8 MiB' },
  list: { first: '*2000000000\r\n', more: `+${'y'.repeat(60_000)}\r\n`, words: 'more than 8 MiB' },
  nested: { first: '', more: '*1\r\n'.repeat(10_000), words: 'too many lists within lists' },
  line: { first: '+', more: 'z'.repeat(65_536), words: 'a line of more than 64 KiB' },
  drip: { first: '+', more: '', words: 'did not answer in full' },
} as const;

function answer(socket: Socket, { first, more }: { readonly first: string; readonly more: string }): void {
  socket.write(first);
  const drip = more === '' ? setInterval(() => socket.write('P'), 500) : undefined;
  socket.on('close', () => clearInterval(drip));
  const pump = (): void => {
    while (!socket.destroyed && socket.write(more));
    socket.once('drain', pump);
  };
  if (more !== '') pump();
}

describe.each(TARGETS)('false cache services, %s', (release) => {
  let lab: Lab;
  const ends: (() => void)[] = [];

  beforeAll(async () => {
    lab = await targetLab(release);
  });
  afterAll(async () => {
    for (const end of ends) end();
    await lab?.down();
  });

  it('each gets an error of its own in time, and none hides what others answer', async () => {
    const bridge = lab.hosts.main.ip.replace(/\.\d+$/, '.1');
    const lines: string[] = [];
    for (const [name, kind] of Object.entries(KINDS)) {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.once('data', () => answer(socket, kind));
      });
      await new Promise<void>((resolve) => server.listen(0, bridge, resolve));
      ends.push(() => server.close());
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      lines.push(`  - {name: ${name}, plugin: redis, address: "${bridge}:${address.port}", password: secret:redisPassword}\n`);
    }
    await putAnswers(
      lab,
      answersText('redis', (text) => text.replace(/^ {2}- \{name: redis1.*\n/m, lines.join(''))),
    );
    const began = Date.now();
    const run = await wizard(lab, ['plan', ...ANSWERS]);
    expect(Date.now() - began).toBeLessThan(45_000);
    expect(run.code).toBe(3);
    for (const { words } of Object.values(KINDS)) expect(run.stdout).toContain(words);
    expect(run.stdout).not.toContain('Allowed memory size');
  });
});
