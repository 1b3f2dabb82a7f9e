/** Gives a test a MongoDB: the real server that MONGODB_URI names, or else a stand-in of its own. */

import { connectMongo, type MongoClient } from './client.js';
import { startMongoStandIn } from './server.js';
import type { Doc } from './wire.js';

export interface MongoTarget {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/** Counts which both a real server and the stand-in keep (serverStatus); they rise over the server's whole life. */
export interface MongoCounters {
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly finds: number;
  /** Drops of a collection: a purge of Moodle's store. */
  readonly drops: number;
  readonly databaseDrops: number;
}

export interface MongoForTests extends MongoTarget {
  /** Which was used. Say it in the test's name or output. */
  readonly used: 'real' | 'stand-in';
  /** For the store's `server` setting: without the login, which Moodle keeps apart. */
  readonly uri: string;
  readonly version: string;
  counters(): Promise<MongoCounters>;
  /** A logged-in client; the caller closes it. */
  connect(): Promise<MongoClient>;
  /** Stops the stand-in; leaves a real server alone. */
  stop(): Promise<void>;
}

export interface MongoForTestsOptions {
  /** Where a stand-in listens (default 127.0.0.1); hosts of a lab need the bridge's address. Ignored for a real server. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
}

/**
 * The MongoDB for a test. With MONGODB_URI (`mongodb://[user:password@]host[:port]`, users in database admin) the real server,
 * otherwise a stand-in is started. Throws when the URI asks for what the tests' client cannot do, or nothing answers there.
 */
export async function mongoForTests(options: MongoForTestsOptions = {}, env: NodeJS.ProcessEnv = process.env): Promise<MongoForTests> {
  const uri = env['MONGODB_URI'];
  if (uri !== undefined && uri !== '') return described(parseMongoUri(uri), async () => undefined);
  const { host = '127.0.0.1', port = 0, ...login } = options;
  const standIn = await startMongoStandIn({ host, port, ...login });
  return described({ host, port: standIn.port, ...login }, () => standIn.stop());
}

async function described(target: MongoTarget, stop: () => Promise<void>): Promise<MongoForTests> {
  const connect = (): Promise<MongoClient> => connectTo(target);
  const build = await asking(connect, { buildInfo: 1 });
  const { host, port } = target;
  // Asked of the server, as MONGODB_URI may name a stand-in that runs elsewhere.
  const used = build['standIn'] === undefined ? 'real' : 'stand-in';
  return { ...target, used, uri: `mongodb://${host}:${port}`, version: String(build['version']), connect, stop, counters: () => readCounters(connect) };
}

async function connectTo({ host, port, user, password }: MongoTarget): Promise<MongoClient> {
  const client = await connectMongo(host, port);
  if (user !== undefined && password !== undefined) await client.login(user, password);
  return client;
}

async function asking(connect: () => Promise<MongoClient>, command: Doc): Promise<Doc> {
  const client = await connect();
  try {
    return await client.command('admin', command);
  } finally {
    client.close();
  }
}

async function readCounters(connect: () => Promise<MongoClient>): Promise<MongoCounters> {
  const status = await asking(connect, { serverStatus: 1 });
  const counted = (...path: readonly string[]): number => Number(String(path.reduce<unknown>((at, name) => (at as Doc | undefined)?.[name], status) ?? 0));
  return {
    inserts: counted('opcounters', 'insert'),
    updates: counted('opcounters', 'update'),
    deletes: counted('opcounters', 'delete'),
    finds: counted('opcounters', 'query'),
    drops: counted('metrics', 'commands', 'drop', 'total'),
    databaseDrops: counted('metrics', 'commands', 'dropDatabase', 'total'),
  };
}

/** Reads a connection URI. Throws an Error that names what the tests' client does not do: several hosts, TLS, SRV. */
export function parseMongoUri(uri: string): MongoTarget {
  // The message must not show the URI: it may hold a password.
  if (!uri.startsWith('mongodb://')) throw new Error('MONGODB_URI must begin with mongodb:// (mongodb+srv is not supported by the tests)');
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || url.hostname === '' || url.hostname.includes(',')) {
    throw new Error('MONGODB_URI is not one mongodb://[user:password@]host[:port] (several hosts are not supported by the tests)');
  }
  const asked = [...url.searchParams].find(([name, value]) => (name === 'tls' || name === 'ssl') && value === 'true');
  if (asked !== undefined || url.searchParams.has('replicaSet')) throw new Error('MONGODB_URI asks for TLS or a replica set, which the tests do not support');
  const place = { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 27017 : Number(url.port) };
  if (url.username === '') return place;
  return { ...place, user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}
