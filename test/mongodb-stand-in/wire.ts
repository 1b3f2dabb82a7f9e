/** MongoDB's wire format, as far as drivers for servers 3.6 to 4.4 speak it: OP_MSG, and OP_QUERY/OP_REPLY for the first hello. */

import { deserialize, serialize } from 'bson';

/** A BSON document. Numbers keep their BSON types (Int32, Long, Double), so that what is stored comes back as it was. */
export type Doc = Record<string, unknown>;

export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_MSG = 2013;
export const MAX_MESSAGE_BYTES = 48_000_000;
export const MAX_DOCUMENT_BYTES = 16_777_216;

const HEADER_BYTES = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits 0 to 15 of OP_MSG's flags must be understood or refused. */
const REQUIRED_FLAGS = 0xffff;
const AWAIT_CAPABLE = 8;

export interface Message {
  readonly kind: 'msg' | 'query' | 'reply';
  readonly requestId: number;
  readonly responseTo: number;
  /** False for OP_MSG with moreToCome: writes with write concern 0. */
  readonly expectsReply: boolean;
  /** The command, with document sequences put back into their fields, or the reply. OP_QUERY gains `$db` from its name. */
  readonly body: Doc;
}

export interface OutgoingMsg {
  readonly requestId: number;
  readonly responseTo?: number;
  readonly body: Doc;
  /** Fields sent as document sequences, as drivers send `documents`, `updates` and `deletes`. */
  readonly sequences?: Readonly<Record<string, readonly Doc[]>>;
  readonly moreToCome?: boolean;
}

/** Bytes that are not a message this server may go on reading after. */
export class WireError extends Error {}

/** Reads one BSON document, keeping the type of every value. Throws bson's errors on malformed bytes. */
export function decodeDoc(bytes: Uint8Array): Doc {
  return deserialize(bytes, { promoteValues: false, bsonRegExp: true }) as Doc;
}

export function encodeDoc(doc: Doc): Uint8Array {
  return serialize(doc, { ignoreUndefined: true });
}

/**
 * Cuts a byte stream into whole messages. Returns the function to feed with chunks, which calls `onFrame` for each message.
 * Throws WireError when a length cannot be a message's.
 */
export function frameReader(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = 4;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= needed) {
      let bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      const length = bytes.readInt32LE(0);
      if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new WireError(`message length ${length} is impossible`);
      if (bytes.length >= length) {
        onFrame(bytes.subarray(0, length));
        bytes = bytes.subarray(length);
      }
      chunks = [bytes];
      held = bytes.length;
      needed = held >= 4 ? Math.max(4, bytes.readInt32LE(0)) : 4;
    }
  };
}

/** Reads one whole message. Throws WireError for anything but OP_MSG, OP_QUERY and OP_REPLY. */
export function parseMessage(frame: Buffer): Message {
  const ids = { requestId: frame.readInt32LE(4), responseTo: frame.readInt32LE(8) };
  const opCode = frame.readInt32LE(12);
  if (opCode === OP_MSG) return { kind: 'msg', ...ids, ...parseOpMsg(frame) };
  if (opCode === OP_QUERY) return { kind: 'query', ...ids, expectsReply: true, body: parseOpQuery(frame) };
  if (opCode === OP_REPLY) return { kind: 'reply', ...ids, expectsReply: false, body: decodeDoc(sized(frame, 36, frame.length)) };
  throw new WireError(`opcode ${opCode} is not spoken here`);
}

function parseOpMsg(frame: Buffer): { body: Doc; expectsReply: boolean } {
  const flags = frame.readUInt32LE(HEADER_BYTES);
  if ((flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) throw new WireError(`OP_MSG flags ${flags} are unknown`);
  const end = frame.length - ((flags & CHECKSUM_PRESENT) === 0 ? 0 : 4);
  let body: Doc | undefined;
  const sequences: Record<string, Doc[]> = {};
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const section = sized(frame, at + 1, end);
    const kind = frame[at];
    if (kind === 0) body = decodeDoc(section);
    else if (kind === 1) {
      const [name, docs] = parseSequence(section);
      sequences[name] = docs;
    } else throw new WireError(`OP_MSG section kind ${kind} is unknown`);
    at += 1 + section.length;
  }
  if (body === undefined) throw new WireError('OP_MSG without a body');
  return { body: { ...body, ...sequences }, expectsReply: (flags & MORE_TO_COME) === 0 };
}

function parseSequence(section: Buffer): [string, Doc[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new WireError('a document sequence without a name');
  const docs: Doc[] = [];
  for (let at = nameEnd + 1; at < section.length; ) {
    const bytes = sized(section, at, section.length);
    docs.push(decodeDoc(bytes));
    at += bytes.length;
  }
  return [section.toString('utf8', 4, nameEnd), docs];
}

function parseOpQuery(frame: Buffer): Doc {
  const nameEnd = frame.indexOf(0, 20);
  if (nameEnd < 0) throw new WireError('OP_QUERY without a collection name');
  const db = frame.toString('utf8', 20, nameEnd).replace(/\.\$cmd$/, '');
  const query = decodeDoc(sized(frame, nameEnd + 9, frame.length));
  // Drivers wrap the command when they add a read preference.
  const command = (query['$query'] ?? query) as Doc;
  return { ...command, $db: db };
}

/** The part of `bytes` at `at` that starts with its own length. */
function sized(bytes: Buffer, at: number, end: number): Buffer {
  const length = at + 4 <= end ? bytes.readInt32LE(at) : 0;
  if (length < 5 || at + length > end) throw new WireError(`a part of ${length} bytes does not fit its message`);
  return bytes.subarray(at, at + length);
}

export function encodeMsg(msg: OutgoingMsg): Buffer {
  const parts: Uint8Array[] = [int32s(msg.moreToCome === true ? MORE_TO_COME : 0), Buffer.of(0), encodeDoc(msg.body)];
  for (const [name, docs] of Object.entries(msg.sequences ?? {})) {
    const content = Buffer.concat([Buffer.from(`${name}\0`), ...docs.map(encodeDoc)]);
    parts.push(Buffer.of(1), int32s(content.length + 4), content);
  }
  return withHeader(OP_MSG, msg.requestId, msg.responseTo ?? 0, parts);
}

export function encodeQuery(requestId: number, db: string, command: Doc): Buffer {
  return withHeader(OP_QUERY, requestId, 0, [int32s(0), Buffer.from(`${db}.$cmd\0`), int32s(0, -1), encodeDoc(command)]);
}

export function encodeReply(requestId: number, responseTo: number, body: Doc): Buffer {
  return withHeader(OP_REPLY, requestId, responseTo, [int32s(AWAIT_CAPABLE, 0, 0, 0, 1), encodeDoc(body)]);
}

function withHeader(opCode: number, requestId: number, responseTo: number, parts: readonly Uint8Array[]): Buffer {
  const length = HEADER_BYTES + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([int32s(length, requestId, responseTo, opCode), ...parts]);
}

function int32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, index * 4);
  return bytes;
}
