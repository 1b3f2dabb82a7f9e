/** insert, update, delete, findAndModify. */

import { Int32 } from 'bson';
import { type Call, type Command, collectionName, docField, docList } from '../context.js';
import { errorReply, ServerError } from '../errors.js';
import { isOperators } from '../match.js';
import { projector, upserted } from '../modify.js';
import { canonical, isDoc, toBoolean, toNumber } from '../values.js';
import type { Doc } from '../wire.js';

/** Runs each statement; a failure becomes a write error and, when ordered, the end of the batch. */
function runBatch(body: Doc, statements: readonly Doc[], run: (statement: Doc, index: number) => void): Doc {
  const ordered = toBoolean(body['ordered'] ?? true);
  const writeErrors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const { ok: _ok, codeName: _name, ...details } = errorReply(error);
      writeErrors.push({ index, ...details });
      if (ordered) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

const insert: Command = (call) => {
  const collection = call.server.store.ensure(call.db, collectionName(call));
  let inserted = 0;
  const errors = runBatch(call.body, docList(call.body, 'documents'), (doc) => {
    collection.insert(doc);
    inserted++;
  });
  call.server.counters.inserts += inserted;
  return { n: new Int32(inserted), ...errors, ok: 1 };
};

interface UpdateOutcome {
  readonly found: number;
  readonly modified: number;
  readonly upsertedId?: unknown;
  readonly before?: Doc;
  readonly after?: Doc;
}

function applyUpdate(call: Call, filter: Doc, update: unknown, options: { multi: boolean; upsert: boolean; sort?: Doc }): UpdateOutcome {
  if (options.multi && isDoc(update) && !isOperators(update))
    throw new ServerError('FailedToParse', 'multi update is not supported for replacement-style update');
  const name = collectionName(call);
  const limit = options.multi ? 0 : 1;
  const existing = call.server.store.get(call.db, name);
  const found = existing?.find(filter, { limit, sort: options.sort }) ?? [];
  if (found.length === 0 && options.upsert) {
    const after = call.server.store.ensure(call.db, name).insert(upserted(filter, update));
    return { found: 0, modified: 0, upsertedId: after['_id'], after };
  }
  const results = found.map((before) => ({ before, after: existing?.update(before, update) ?? before }));
  const modified = results.filter(({ before, after }) => canonical(before) !== canonical(after)).length;
  return { found: found.length, modified, ...results[0] };
}

const update: Command = (call) => {
  let [n, nModified] = [0, 0];
  const inserted: Doc[] = [];
  const errors = runBatch(call.body, docList(call.body, 'updates'), (statement, index) => {
    call.server.counters.updates++;
    const options = { multi: toBoolean(statement['multi']), upsert: toBoolean(statement['upsert']) };
    const outcome = applyUpdate(call, docField(statement, 'q'), statement['u'], options);
    n += outcome.found;
    nModified += outcome.modified;
    if (outcome.upsertedId === undefined) return;
    n++;
    inserted.push({ index, _id: outcome.upsertedId });
  });
  return { n: new Int32(n), nModified: new Int32(nModified), ...(inserted.length > 0 ? { upserted: inserted } : {}), ...errors, ok: 1 };
};

const remove: Command = (call) => {
  const collection = call.server.store.get(call.db, collectionName(call));
  let n = 0;
  const errors = runBatch(call.body, docList(call.body, 'deletes'), (statement) => {
    call.server.counters.deletes++;
    const docs = collection?.find(docField(statement, 'q'), { limit: toNumber(statement['limit'], 0) }) ?? [];
    for (const doc of docs) collection?.remove(doc);
    n += docs.length;
  });
  call.server.counters.documentsDeleted += n;
  return { n: new Int32(n), ...errors, ok: 1 };
};

const findAndModify: Command = (call) => {
  const { body } = call;
  const filter = docField(body, 'query');
  const project = projector(docField(body, 'fields'));
  const sort = body['sort'] === undefined ? {} : { sort: docField(body, 'sort') };
  if (toBoolean(body['remove'])) {
    const collection = call.server.store.get(call.db, collectionName(call));
    const doc = collection?.find(filter, { limit: 1, ...sort })[0];
    if (doc !== undefined) {
      collection?.remove(doc);
      call.server.counters.documentsDeleted++;
    }
    return { lastErrorObject: { n: doc === undefined ? 0 : 1 }, value: doc === undefined ? null : project(doc), ok: 1 };
  }
  if (body['update'] === undefined) throw new ServerError('FailedToParse', 'Either an update or remove=true must be specified');
  call.server.counters.updates++;
  const outcome = applyUpdate(call, filter, body['update'], { multi: false, upsert: toBoolean(body['upsert']), ...sort });
  const value = toBoolean(body['new']) ? outcome.after : outcome.before;
  const upsertedId = outcome.upsertedId === undefined ? {} : { upserted: outcome.upsertedId };
  const lastErrorObject = { n: outcome.found + (outcome.upsertedId === undefined ? 0 : 1), updatedExisting: outcome.found > 0, ...upsertedId };
  return { lastErrorObject, value: value === undefined ? null : project(value), ok: 1 };
};

export const writeCommands: Readonly<Record<string, Command>> = { insert, update, delete: remove, findAndModify, findandmodify: findAndModify };
