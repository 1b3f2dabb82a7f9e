/** The start and end of a connection: hello, log in, ping, endSessions. */

import { Binary, Int32 } from 'bson';
import { type Call, type Command, type Connection, MAX_WIRE_VERSION, NOTICE } from '../context.js';
import { ServerError } from '../errors.js';
import { isMechanism, MECHANISMS, serverConversation } from '../scram.js';
import { toBoolean } from '../values.js';
import { type Doc, MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES } from '../wire.js';

/** Users live in this database, as administrators create them; a login elsewhere fails. */
const USER_DATABASE = 'admin';

const hello: Command = (call) => {
  const primary = call.name === 'hello' ? { isWritablePrimary: true } : { ismaster: true };
  return {
    ...(toBoolean(call.body['helloOk']) ? { helloOk: true } : {}),
    ...primary,
    ...setOf(call),
    maxBsonObjectSize: new Int32(MAX_DOCUMENT_BYTES),
    maxMessageSizeBytes: new Int32(MAX_MESSAGE_BYTES),
    maxWriteBatchSize: new Int32(100_000),
    localTime: new Date(),
    logicalSessionTimeoutMinutes: new Int32(30),
    connectionId: new Int32(call.connection.id),
    minWireVersion: new Int32(0),
    maxWireVersion: new Int32(MAX_WIRE_VERSION),
    readOnly: false,
    standIn: NOTICE,
    ...mechanismsOf(call),
    ...speculativeLogin(call),
    ok: 1,
  };
};

/** What a primary tells of its replica set. */
function setOf({ server: { replicaSet, address } }: Call): Doc {
  return replicaSet === undefined ? {} : { setName: replicaSet, setVersion: new Int32(1), hosts: [address], primary: address, me: address, secondary: false };
}

/** Answers the driver's question which mechanisms `db.user` may use; like MongoDB, it says nothing of users it does not know. */
function mechanismsOf({ body, server }: Call): Doc {
  const [, db, user = ''] = /^([^.]*)\.(.+)$/s.exec(String(body['saslSupportedMechs'] ?? '')) ?? [];
  const known = db === USER_DATABASE && server.keysOf(user, 'SCRAM-SHA-256') !== undefined;
  return known ? { saslSupportedMechs: MECHANISMS } : {};
}

/** Newer drivers send the first message of the login along with hello. A failure here is not told: they start over. */
function speculativeLogin(call: Call): Doc {
  const attempt = call.body['speculativeAuthenticate'] as Doc | undefined;
  if (attempt === undefined || attempt['saslStart'] === undefined || attempt['db'] !== USER_DATABASE || !isMechanism(attempt['mechanism'])) return {};
  const reply = startLogin(call, attempt);
  return reply === undefined ? {} : { speculativeAuthenticate: reply };
}

function startLogin({ server, connection }: Call, body: Doc): Doc | undefined {
  const mechanism = body['mechanism'];
  if (!isMechanism(mechanism)) throw new ServerError('MechanismUnavailable', `Received authentication for mechanism ${String(mechanism)} which is not enabled`);
  const scram = serverConversation(mechanism, text(body['payload']), (user) => server.keysOf(user, mechanism));
  if (scram === undefined) return undefined;
  const skipLast = toBoolean((body['options'] as Doc | undefined)?.['skipEmptyExchange']);
  const id = (connection.login?.id ?? 0) + 1;
  connection.login = { id, scram, skipLast, proven: false };
  return { conversationId: new Int32(id), done: false, payload: binary(scram.first), ok: 1 };
}

function refused(call: Call): ServerError {
  call.connection.login = undefined;
  call.server.counters.failedLogins++;
  return new ServerError('AuthenticationFailed', 'Authentication failed.');
}

const saslStart: Command = (call) => {
  const reply = call.db === USER_DATABASE ? startLogin(call, call.body) : undefined;
  if (reply === undefined) throw refused(call);
  return reply;
};

const saslContinue: Command = (call) => {
  const { connection, body } = call;
  const login = connection.login;
  if (login === undefined || String(body['conversationId']) !== String(login.id)) throw refused(call);
  // Without skipEmptyExchange the client acknowledges the server's proof with one empty message.
  if (login.proven) return completed(call, connection, login.scram.user, '');
  const last = login.scram.finish(text(body['payload']));
  if (last === undefined) throw refused(call);
  if (login.skipLast) return completed(call, connection, login.scram.user, last);
  login.proven = true;
  return { conversationId: new Int32(login.id), done: false, payload: binary(last), ok: 1 };
};

function completed(call: Call, connection: Connection, user: string, payload: string): Doc {
  const id = connection.login?.id ?? 1;
  connection.user = user;
  connection.login = undefined;
  call.server.counters.logins++;
  return { conversationId: new Int32(id), done: true, payload: binary(payload), ok: 1 };
}

function text(payload: unknown): string {
  return payload instanceof Binary ? Buffer.from(payload.value()).toString('utf8') : String(payload ?? '');
}

function binary(payload: string): Binary {
  return new Binary(Buffer.from(payload));
}

const logout: Command = ({ connection }) => {
  connection.user = undefined;
  return { ok: 1 };
};

const connectionStatus: Command = ({ connection }) => {
  const authenticatedUsers = connection.user === undefined ? [] : [{ user: connection.user, db: USER_DATABASE }];
  return { authInfo: { authenticatedUsers, authenticatedUserRoles: [] }, ok: 1 };
};

const nothing: Command = () => ({ ok: 1 });

export const sessionCommands: Readonly<Record<string, Command>> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: nothing,
  endSessions: nothing,
  killSessions: nothing,
  saslStart,
  saslContinue,
  logout,
  connectionStatus,
};

/** What may be asked before a login, as in MongoDB 4.4. */
export const OPEN_COMMANDS: ReadonlySet<string> = new Set([
  ...['hello', 'isMaster', 'ismaster', 'ping', 'buildInfo', 'buildinfo', 'saslStart', 'saslContinue', 'logout', 'connectionStatus', 'endSessions'],
]);

/** What is answered over OP_QUERY: the first words of drivers, before they know the server's wire version. */
export const OP_QUERY_COMMANDS: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster']);
