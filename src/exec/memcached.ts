/** A memcached asked straight from this machine, through memjs. */

import { randomBytes } from 'node:crypto';
import type { MemjsClient } from 'memjs';
import type { MemcachedServer } from '../core/measure.js';

/** All questions together. memjs can wait for ever when a server closes the connection without an answer, so the limit is kept here. */
const LIMIT_MS = 4000;

type Stats = Readonly<Record<string, string>>;

function statsOf(client: MemjsClient, key: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    const take = (error: Error | null, _server: string, stats: Record<string, string> | null): void => (error ? reject(error) : resolve(stats ?? {}));
    if (key === '') client.stats(take);
    else client.statsWithKey(key, take);
  });
}

/** A random key that ends by itself, written, read and deleted. @returns milliseconds there and back, or null when it did not come back */
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

/** Never throws: what could not be asked is told. memjs speaks the binary protocol, without TLS, over IPv4 and names only. */
export async function askMemcached(service: string, host: string, port: number): Promise<MemcachedServer> {
  const address = `${host}:${port}`;
  const failed = (error: string): MemcachedServer => ({ service, address, ok: false, error });
  if (host.includes(':') || host.startsWith('/')) return failed('asked from the nodes only: this client knows neither IPv6 addresses nor sockets');
  const { default: memjs } = await import('memjs');
  const client = memjs.Client.create(address, { retries: 1, timeout: 1.5, conntimeout: 2, logger: { log: () => {} } });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time; it may speak the text protocol only')), LIMIT_MS);
  });
  try {
    return { service, address, ok: true, ...(await Promise.race([ask(client), late])) };
  } catch (thrown) {
    const code = thrown instanceof Error ? ((thrown as NodeJS.ErrnoException).code ?? thrown.message) : String(thrown);
    return failed(code === 'ECONNREFUSED' ? 'refused: nothing listens there' : code);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}
