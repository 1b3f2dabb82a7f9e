/** find, getMore, killCursors, count, distinct, aggregate. */

import { Int32, Long } from 'bson';
import { type Call, type Command, collectionName, cursorReply, docField, docList, intField, nextBatch } from '../context.js';
import { ServerError } from '../errors.js';
import { matcher, sorted } from '../match.js';
import { projector } from '../modify.js';
import { canonical, isDoc, splitPath, toBoolean, toNumber, valuesAt } from '../values.js';
import type { Doc } from '../wire.js';

function search(call: Call, filterField: string): Doc[] {
  const { body, db, server } = call;
  // Old drivers send a negative limit for "this many, and close the cursor".
  const limit = Math.abs(intField(body, 'limit', 0));
  const options = { sort: body['sort'] === undefined ? undefined : docField(body, 'sort'), skip: intField(body, 'skip', 0), limit };
  const filter = docField(body, filterField);
  // A filter that is not understood is refused even when there is nothing to search.
  matcher(filter);
  return server.store.get(db, collectionName(call))?.find(filter, options) ?? [];
}

const find: Command = (call) => {
  call.server.counters.finds++;
  const project = projector(docField(call.body, 'projection'));
  const docs = search(call, 'filter').map(project);
  const single = toBoolean(call.body['singleBatch']) || intField(call.body, 'limit', 0) < 0;
  return cursorReply(call, `${call.db}.${collectionName(call)}`, docs, intField(call.body, 'batchSize', 101), single);
};

const getMore: Command = ({ body, server }) => {
  const id = String(body['getMore']);
  const cursor = server.cursors.get(id);
  if (cursor === undefined) throw new ServerError('CursorNotFound', `cursor id ${id} not found`);
  const batch = nextBatch(server, cursor, intField(body, 'batchSize', 0) || Infinity);
  const done = cursor.at >= cursor.docs.length;
  if (done) server.cursors.delete(id);
  return { cursor: { nextBatch: batch, id: done ? Long.ZERO : Long.fromString(id), ns: cursor.ns }, ok: 1 };
};

const killCursors: Command = ({ body, server }) => {
  const ids = Array.isArray(body['cursors']) ? body['cursors'] : [];
  const cursorsKilled = ids.filter((id) => server.cursors.delete(String(id)));
  const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
};

const count: Command = (call) => ({ n: new Int32(search(call, 'query').length), ok: 1 });

const distinct: Command = (call) => {
  const path = splitPath(String(call.body['key']));
  const values = search(call, 'query')
    .flatMap((doc) => valuesAt(doc, path))
    .flatMap((value) => (Array.isArray(value) ? value : [value]));
  return { values: [...new Map(values.map((value) => [canonical(value), value])).values()], ok: 1 };
};

const aggregate: Command = (call) => {
  const name = collectionName(call);
  const all = call.server.store.get(call.db, name)?.find({}) ?? [];
  const docs = docList(call.body, 'pipeline').reduce(applyStage, all);
  return cursorReply(call, `${call.db}.${name}`, docs, intField(docField(call.body, 'cursor'), 'batchSize', 101));
};

function applyStage(docs: Doc[], stage: Doc): Doc[] {
  const [name = '', operand] = Object.entries(stage)[0] ?? [];
  switch (name) {
    case '$match':
      return docs.filter(matcher(operand as Doc));
    case '$sort':
      return sorted(docs, operand as Doc);
    case '$skip':
      return docs.slice(toNumber(operand, 0));
    case '$limit':
      return docs.slice(0, toNumber(operand, 0));
    case '$project':
      return docs.map(projector(operand as Doc));
    case '$count':
      return docs.length === 0 ? [] : [{ [String(operand)]: new Int32(docs.length) }];
    case '$group':
      return counted(docs, operand);
    default:
      throw new ServerError('Location40324', `Unrecognized pipeline stage name: '${name}' (the stand-in only counts, sorts and filters)`);
  }
}

/** `{_id: constant, field: {$sum: constant}}`: how drivers count. Anything else is refused. */
function counted(docs: readonly Doc[], group: unknown): Doc[] {
  const { _id: id, ...sums } = isDoc(group) ? group : {};
  if (typeof id === 'string' || isDoc(id)) throw new ServerError('BadValue', 'The stand-in groups by a constant only');
  const totals = Object.entries(sums).map(([name, sum]) => {
    const by = isDoc(sum) ? toNumber(sum['$sum'], Number.NaN) : Number.NaN;
    if (Number.isNaN(by)) throw new ServerError('BadValue', `The stand-in's $group knows {$sum: number} only; not so: ${name}`);
    return [name, new Int32(by * docs.length)] as const;
  });
  return docs.length === 0 ? [] : [{ _id: id ?? null, ...Object.fromEntries(totals) }];
}

export const readCommands: Readonly<Record<string, Command>> = { find, getMore, killCursors, count, distinct, aggregate };
