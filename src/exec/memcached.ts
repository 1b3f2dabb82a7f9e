/** Queries a memcached from this machine, through memjs. */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { MemjsClient } from 'memjs';
import type { MemcachedServer } from '../core/measure.js';

/** All questions together. memjs can wait forever when a server closes the connection without an answer, so the limit is kept here. */
const LIMIT_MS = 4000;
/** What a server may send in all: statistics are some kilobytes. */
const MAX_BYTES = 1_048_576;

type Stats = Readonly<Record<string, string>>;

function statsOf(client: MemjsClient, key: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    const take = (error: Error | null, _server: string, stats: Record<string, string> | null): void => (error ? reject(error) : resolve(stats ?? {}));
    if (key === '') client.stats(take);
    else client.statsWithKey(key, take);
  });
}

/** A random key that ends by itself, written, read and deleted. @returns milliseconds there and back, or null when it was not returned */
async function roundTrip(client: MemjsClient): Promise<number | null> {
  const key = `mcw-probe-${randomBytes(12).toString('hex')}`;
  const value = randomBytes(24).toString('hex');
  const began = performance.now();
  await client.set(key, value, { expires: 60 });
  const got = await client.get(key);
  const took = performance.now() - began;
  await client.delete(key);
  return got.value?.toString() === value ? Math.round(took * 1000) / 1000 : null;
}

function facts(stats: Stats, settings: Stats): Omit<MemcachedServer, 'service' | 'address' | 'ok'> {
  const number = (name: string): number => Number(stats[name] ?? 0);
  const gets = number('get_hits') + number('get_misses');
  return {
    version: stats['version'] ?? '',
    limitMb: Math.round(number('limit_maxbytes') / 1048576),
    usedMb: Math.round(number('bytes') / 104857.6) / 10,
    ...(settings['item_size_max'] === undefined ? {} : { itemSizeMax: Number(settings['item_size_max']) }),
    evictions: number('evictions'),
    ...(gets === 0 ? {} : { hitRatio: Math.round((number('get_hits') / gets) * 1000) / 1000 }),
    uptimeSeconds: number('uptime'),
    connections: number('curr_connections'),
    items: number('curr_items'),
  };
}

async function ask(client: MemjsClient): Promise<Omit<MemcachedServer, 'service' | 'address' | 'ok'>> {
  const stats = await statsOf(client, '');
  const settings = await statsOf(client, 'settings').catch(() => ({}));
  const ms = await roundTrip(client);
  return { ...facts(stats, settings), proven: ms !== null, ...(ms === null ? {} : { roundTripMs: ms }) };
}

/**
 * Limits what a server can do to this process. memjs keeps whatever it is sent, closes its side of a connection only, and forgets sockets that it
 * replaced: each is noted here. @returns what ends all of them, for good
 */
function limited({ servers }: MemjsClient, fail: (error: Error) => void): () => void {
  const sockets = new Set<Socket>();
  let received = 0;
  let ended = false;
  const end = (): void => {
    ended = true;
    // A socket that closes while this is set makes memjs use one that it has no more.
    for (const server of servers) server.timeoutSet = false;
    for (const socket of sockets) socket.destroy();
  };
  for (const server of servers) {
    const sock = server.sock.bind(server);
    const take = server.responseHandler.bind(server);
    server.sock = (sasl, go) => {
      if (ended) return;
      sock(sasl, go);
      if (server._socket) sockets.add(server._socket);
    };
    server.responseHandler = (bytes) => {
      received += bytes.length;
      if (ended) return;
      try {
        if (received > MAX_BYTES) throw new Error(`it sent more than ${MAX_BYTES / 1_048_576} MiB`);
        take(bytes);
      } catch (thrown) {
        end();
        fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    };
  }
  return end;
}

/** Never throws: a failure is part of the result. memjs speaks the binary protocol, without TLS, over IPv4 and names only. */
export async function askMemcached(service: string, host: string, port: number): Promise<MemcachedServer> {
  const address = `${host}:${port}`;
  const failed = (error: string): MemcachedServer => ({ service, address, ok: false, error });
  if (host.includes(':') || host.startsWith('/')) return failed('checked from the nodes only: this client supports neither IPv6 addresses nor sockets');
  const { default: memjs } = await import('memjs');
  const client = memjs.Client.create(address, { retries: 1, timeout: 1.5, conntimeout: 2, logger: { log: () => {} } });
  let timer: NodeJS.Timeout | undefined;
  let end = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    end = limited(client, reject);
    timer = setTimeout(() => reject(new Error('no answer in time; it may support only the text protocol')), LIMIT_MS);
  });
  try {
    return { service, address, ok: true, ...(await Promise.race([ask(client), late])) };
  } catch (thrown) {
    const code = thrown instanceof Error ? ((thrown as NodeJS.ErrnoException).code ?? thrown.message) : String(thrown);
    return failed(code === 'ECONNREFUSED' ? 'connection refused' : code);
  } finally {
    clearTimeout(timer);
    end();
  }
}
