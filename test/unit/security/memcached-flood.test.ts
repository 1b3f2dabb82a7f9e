/** Threat models C and E: a false memcached that answers without end must not fill the memory of the machine that asks, nor end the wizard. */

import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askMemcached } from '../../../src/exec/memcached.js';

/** A frame of the binary protocol that answers a question. */
function frame(question: Buffer, key: string, value: Buffer, length = key.length + value.length): Buffer {
  const head = Buffer.alloc(24);
  head[0] = 0x81;
  head[1] = question[1] ?? 0;
  head.writeUInt16BE(key.length, 2);
  head.writeUInt32BE(length, 8);
  question.copy(head, 12, 12, 16);
  return Buffer.concat([head, Buffer.from(key), value]);
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Never stops sending, and does not close when the other side does. @returns port and what it was rid of */
async function flood(first: (question: Buffer) => Buffer, more: (question: Buffer) => Buffer) {
  const seen = { bytes: 0, open: 0 };
  const serve = (socket: Socket): void => {
    seen.open += 1;
    socket
      .on('error', () => {})
      .on('close', () => {
        seen.open -= 1;
      });
    socket.once('data', (question) => {
      const pump = (): void => {
        for (let i = 0; i < 50 && !socket.destroyed; i += 1) {
          const bytes = more(question);
          seen.bytes += bytes.length;
          if (!socket.write(bytes)) return void socket.once('drain', pump);
        }
        setImmediate(pump);
      };
      socket.write(first(question));
      pump();
    });
  };
  const server = createServer({ allowHalfOpen: true }, serve);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, seen };
}

const MEGABYTE = Buffer.alloc(1_048_576);
let name = 0;

describe('a memcached without end', () => {
  it.each([
    ['one answer of 4 GiB', (q: Buffer) => frame(q, '', Buffer.alloc(0), 0xffffffff), () => MEGABYTE],
    ['statistics for ever', (q: Buffer) => frame(q, 'pid', Buffer.from('1')), (q: Buffer) => frame(q, `s${(name += 1)}`, Buffer.alloc(60_000, 97))],
  ])('%s: a named error at once, and the connection ends', async (_what, first, more) => {
    const { port, seen } = await flood(first, more);
    const began = Date.now();
    const answer = await askMemcached('mc1', '127.0.0.1', port);
    expect(answer).toMatchObject({ ok: false, error: 'it sent more than 1 MiB' });
    expect(Date.now() - began).toBeLessThan(3000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen.open).toBe(0);
    expect(seen.bytes).toBeLessThan(64 * 1_048_576);
  });
});
