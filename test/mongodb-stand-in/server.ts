/** The stand-in's server: takes connections, reads messages, runs commands, answers. */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Double } from 'bson';
import { adminCommands } from './commands/admin.js';
import { readCommands } from './commands/reads.js';
import { OP_QUERY_COMMANDS, OPEN_COMMANDS, sessionCommands } from './commands/session.js';
import { writeCommands } from './commands/writes.js';
import { type Command, type Connection, newCounters, type ServerState } from './context.js';
import { errorReply, ServerError } from './errors.js';
import { deriveKeys } from './scram.js';
import { type MongoStandInStats, statsOf } from './stats.js';
import { createStore } from './store.js';
import { type Doc, encodeMsg, encodeReply, frameReader, type Message, parseMessage } from './wire.js';

export interface MongoStandInOptions {
  /** The address to listen on, for example 127.0.0.1 or the lab's bridge address. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** With `password`: the one user, who must log in (SCRAM-SHA-256 or SCRAM-SHA-1, database admin). */
  readonly user?: string;
  readonly password?: string;
  /** It says that it is the primary, and only member, of a replica set of this name. */
  readonly replicaSet?: string;
}

export interface MongoStandIn {
  readonly port: number;
  /** Closes the port and every connection, and forgets all data. */
  stop(): Promise<void>;
  stats(): MongoStandInStats;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries({ ...sessionCommands, ...adminCommands, ...readCommands, ...writeCommands }));

/**
 * Starts a MongoDB stand-in for tests: in memory, one process, not MongoDB.
 * Throws when only one of user and password is given, or the address is taken (node's error, EADDRINUSE).
 */
export async function startMongoStandIn(options: MongoStandInOptions): Promise<MongoStandIn> {
  const state = createState(options);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, state);
  });
  const port = await listen(server, options);
  state.address = `${options.host}:${port}`;
  return {
    port,
    stats: () => statsOf(state),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function createState({ user, password, replicaSet }: MongoStandInOptions): ServerState {
  if ((user === undefined) !== (password === undefined)) throw new Error('The MongoDB stand-in needs both user and password, or neither');
  const keys =
    user === undefined || password === undefined
      ? undefined
      : { 'SCRAM-SHA-256': deriveKeys('SCRAM-SHA-256', user, password), 'SCRAM-SHA-1': deriveKeys('SCRAM-SHA-1', user, password) };
  return {
    store: createStore(),
    counters: newCounters(COMMANDS.keys()),
    cursors: new Map(),
    authRequired: keys !== undefined,
    replicaSet,
    keysOf: (name, mechanism) => (name === user ? keys?.[mechanism] : undefined),
    startedAt: Date.now(),
    address: '',
    nextCursor: 1_000_001,
  };
}

function listen(server: Server, { host, port }: MongoStandInOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function serve(socket: Socket, state: ServerState): void {
  state.counters.connections++;
  state.counters.openConnections++;
  const connection: Connection = { id: state.counters.connections, user: undefined, login: undefined };
  let replies = 0;
  const read = frameReader((frame) => {
    const message = parseMessage(frame);
    const body = answer(message, connection, state);
    if (!message.expectsReply) return;
    replies++;
    socket.write(
      message.kind === 'query' ? encodeReply(replies, message.requestId, body) : encodeMsg({ requestId: replies, responseTo: message.requestId, body }),
    );
  });
  socket.setNoDelay(true);
  socket.on('close', () => state.counters.openConnections--);
  // A client that goes away is no trouble of the server's.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      read(chunk);
    } catch {
      // As a real server does: what is not a message ends the connection.
      socket.destroy();
    }
  });
}

function answer(message: Message, connection: Connection, server: ServerState): Doc {
  const name = Object.keys(message.body)[0] ?? '';
  try {
    const reply = run(name, message, connection, server);
    count(name, server, false);
    return { ...reply, ok: new Double(1) };
  } catch (error) {
    count(name, server, true);
    return { ...errorReply(error), ok: new Double(0) };
  }
}

function run(name: string, { body, kind }: Message, connection: Connection, server: ServerState): Doc {
  const command = COMMANDS.get(name);
  if (kind === 'query' && !OP_QUERY_COMMANDS.has(name)) throw new ServerError('UnsupportedOpQueryCommand', `Unsupported OP_QUERY command: ${name}`);
  if (command === undefined) throw new ServerError('CommandNotFound', `no such command: '${name}' (MongoDB stand-in)`);
  if (server.authRequired && connection.user === undefined && !OPEN_COMMANDS.has(name)) {
    throw new ServerError('Unauthorized', `command ${name} requires authentication`);
  }
  if (body['txnNumber'] !== undefined) throw new ServerError('IllegalOperation', 'Transaction numbers are only allowed on a replica set member or mongos');
  const db = body['$db'];
  if (typeof db !== 'string') throw new ServerError('Location40571', 'OP_MSG requests require a $db argument');
  return command({ name, body, db, server, connection });
}

function count(name: string, server: ServerState, failed: boolean): void {
  const known = COMMANDS.has(name) ? name : 'unknown';
  const tally = server.counters.commands.get(known) ?? { total: 0, failed: 0 };
  server.counters.commands.set(known, { total: tally.total + 1, failed: tally.failed + (failed ? 1 : 0) });
}
