/** A very small MongoDB client for tests: one connection, one command at a time, over OP_MSG. Speaks to real servers as well. */

import { connect, type Socket } from 'node:net';
import { Binary } from 'bson';
import { clientConversation, type Mechanism } from './scram.js';
import { type Doc, encodeMsg, encodeQuery, frameReader, type Message, parseMessage } from './wire.js';

/** A reply with ok: 0. */
export class CommandError extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
  ) {
    super(message);
  }
}

export interface MongoClient {
  /** Runs a command and returns its reply. Throws CommandError for ok: 0, Error when the connection is lost. */
  command(db: string, body: Doc, sequences?: Readonly<Record<string, readonly Doc[]>>): Promise<Doc>;
  /** Sends a command without waiting for an answer (write concern 0). */
  send(db: string, body: Doc): void;
  /** Sends a command over OP_QUERY, as old drivers begin, and returns the reply of whatever kind. */
  legacy(db: string, body: Doc): Promise<Doc>;
  /** Logs in. Throws CommandError 18 for a wrong password. */
  login(user: string, password: string, mechanism?: Mechanism, options?: { db?: string; skipEmptyExchange?: boolean }): Promise<void>;
  close(): void;
}

export async function connectMongo(host: string, port: number, timeoutMs = 5000): Promise<MongoClient> {
  const socket = await open(host, port, timeoutMs);
  const waiting = new Map<number, { resolve(message: Message): void; reject(error: Error): void }>();
  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const read = frameReader((frame) => {
    const message = parseMessage(frame);
    waiting.get(message.responseTo)?.resolve(message);
    waiting.delete(message.responseTo);
  });
  socket.on('data', read);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error(`${host}:${port} closed the connection`)));
  let requestId = 0;

  const ask = async (encode: (id: number) => Buffer): Promise<Doc> => {
    const id = ++requestId;
    const { body } = await new Promise<Message>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      socket.write(encode(id));
    });
    // Servers send `ok` as a double; the number is what callers compare.
    const ok = Number(String(body['ok']));
    if (ok !== 1) throw new CommandError(Number(String(body['code'])), String(body['codeName']), String(body['errmsg']));
    return { ...body, ok };
  };
  const command: MongoClient['command'] = (db, body, sequences = {}) => ask((id) => encodeMsg({ requestId: id, body: { ...body, $db: db }, sequences }));
  return {
    command,
    send: (db, body) => void socket.write(encodeMsg({ requestId: ++requestId, body: { ...body, $db: db }, moreToCome: true })),
    legacy: (db, body) => ask((id) => encodeQuery(id, db, body)),
    login: (user, password, mechanism = 'SCRAM-SHA-256', options = {}) => logIn(command, user, password, mechanism, options),
    close: () => socket.destroy(),
  };
}

function open(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.once('timeout', () => socket.destroy(new Error(`${host}:${port} did not answer within ${timeoutMs} ms`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

async function logIn(
  command: MongoClient['command'],
  user: string,
  password: string,
  mechanism: Mechanism,
  { db = 'admin', skipEmptyExchange = true }: { db?: string; skipEmptyExchange?: boolean },
): Promise<void> {
  const scram = clientConversation(mechanism, user, password);
  const payload = (text: string): Binary => new Binary(Buffer.from(text));
  const first = await command(db, { saslStart: 1, mechanism, payload: payload(scram.first), options: { skipEmptyExchange } });
  const conversationId = first['conversationId'];
  const next = (text: string): Promise<Doc> => command(db, { saslContinue: 1, conversationId, payload: payload(text) });
  let reply = await next(scram.answer(read(first)));
  if (!scram.verify(read(reply))) throw new Error('The server has not proven that it knows the password');
  while (reply['done'] !== true) reply = await next('');
}

function read(reply: Doc): string {
  return Buffer.from((reply['payload'] as Binary).value()).toString('utf8');
}
