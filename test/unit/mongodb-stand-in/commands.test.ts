import { Double, Int32, Long } from 'bson';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMongo, type MongoClient } from '../../mongodb-stand-in/client.js';
import { type MongoStandIn, startMongoStandIn } from '../../mongodb-stand-in/server.js';
import type { Doc } from '../../mongodb-stand-in/wire.js';

let standIn: MongoStandIn;
let client: MongoClient;
beforeEach(async () => {
  standIn = await startMongoStandIn({ host: '127.0.0.1', port: 0 });
  client = await connectMongo('127.0.0.1', standIn.port);
});
afterEach(async () => {
  client.close();
  await standIn.stop();
});

const insert = (docs: readonly Doc[], coll = 'c'): Promise<Doc> => client.command('mcache', { insert: coll }, { documents: docs });
async function find(filter: Doc, options: Doc = {}, coll = 'c'): Promise<Doc[]> {
  const reply = await client.command('mcache', { find: coll, filter, ...options });
  return (reply['cursor'] as Doc)['firstBatch'] as Doc[];
}
const keys = async (filter: Doc, options: Doc = {}): Promise<unknown[]> => (await find(filter, options)).map((doc) => doc['key']);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_name, one: unknown) => (one instanceof Long ? one.toNumber() : one)));

describe('what Moodle does with its store', () => {
  it('creates the index, sets by delete and insert, gets, gets many', async () => {
    const index = { createIndexes: 'c', indexes: [{ key: { key: 1 }, name: 'idx_key' }], writeConcern: { w: 1 } };
    expect(plain(await client.command('mcache', index))).toMatchObject({ createdCollectionAutomatically: true, numIndexesBefore: 1, numIndexesAfter: 2 });
    expect(plain(await client.command('mcache', index))).toMatchObject({ createdCollectionAutomatically: false, numIndexesAfter: 2 });
    for (const value of ['one', 'two']) {
      await client.command('mcache', { delete: 'c', ordered: true }, { deletes: [{ q: { key: 'k1' }, limit: 1 }] });
      expect(plain(await insert([{ key: 'k1', data: value }]))).toEqual({ n: 1, ok: 1 });
    }
    await insert([{ key: 'k2', data: 'x' }]);
    expect(await find({ key: 'k1' }, { limit: 1, singleBatch: true })).toMatchObject([{ key: 'k1', data: 'two' }]);
    expect((await keys({ key: { $in: ['k2', 'gone', 'k1'] } })).sort()).toEqual(['k1', 'k2']);
    expect(await find({ key: 'gone' })).toEqual([]);
    const gone = await client.command('mcache', { delete: 'c', deletes: [{ q: { key: 'gone' }, limit: 1 }] });
    expect(plain(gone)).toEqual({ n: 0, ok: 1 });
  });

  it('purges by drop, deletes the instance by dropDatabase, and the counters tell', async () => {
    await insert([{ key: 'k' }]);
    expect(await client.command('mcache', { drop: 'c' })).toMatchObject({ ns: 'mcache.c', ok: 1 });
    await expect(client.command('mcache', { drop: 'c' })).rejects.toMatchObject({ code: 26, message: 'ns not found' });
    await insert([{ key: 'k' }]);
    expect(await client.command('mcache', { dropDatabase: 1 })).toMatchObject({ dropped: 'mcache' });
    expect(await find({})).toEqual([]);
    expect(standIn.stats()).toMatchObject({ inserts: 2, drops: 1, databaseDrops: 1, finds: 1, stored: {} });
  });

  it('takes writes without an answer (usesafe off)', async () => {
    client.send('mcache', { insert: 'c', documents: [{ key: 'quiet' }], writeConcern: { w: 0 } });
    expect(await keys({})).toEqual(['quiet']);
  });
});

describe('filters, sort, limit, projection', () => {
  beforeEach(async () => {
    await insert([
      { _id: 1, key: 'a', n: 1, tags: ['x', 'y'], in: { er: 1 } },
      { _id: 2, key: 'b', n: new Double(2), in: { er: 2 } },
      { _id: 3, key: 'c', n: Long.fromNumber(3), none: null },
    ]);
  });

  it.each<[Doc, string[]]>([
    [{ n: 2 }, ['b']],
    [{ n: { $gt: 1, $lte: 3 } }, ['b', 'c']],
    [{ n: { $gt: 'text' } }, []],
    [{ tags: 'y' }, ['a']],
    [{ tags: ['x', 'y'] }, ['a']],
    [{ 'in.er': 2 }, ['b']],
    [{ in: { er: 2 } }, ['b']],
    [{ none: null }, ['a', 'b', 'c']],
    [{ none: { $exists: true } }, ['c']],
    [{ key: { $ne: 'a' } }, ['b', 'c']],
    [{ key: { $nin: ['a', 'b'] } }, ['c']],
    [{ key: { $regex: '^A', $options: 'i' } }, ['a']],
    [{ $or: [{ key: 'a' }, { n: 3 }] }, ['a', 'c']],
    [{ $nor: [{ key: 'a' }] }, ['b', 'c']],
    [{ _id: { $in: [1, 3] }, n: { $not: { $gt: 2 } } }, ['a']],
    [{ tags: { $size: 2 } }, ['a']],
  ])('%j', async (filter, expected) => {
    expect(await keys(filter)).toEqual(expected);
  });

  it('sorts, skips, limits, projects', async () => {
    expect(await keys({}, { sort: { n: -1 }, skip: 1, limit: 1 })).toEqual(['b']);
    expect(plain(await find({ _id: 1 }, { projection: { key: 1, 'in.er': 1, _id: 0 } }))).toEqual([{ key: 'a', in: { er: 1 } }]);
    expect(Object.keys((await find({ _id: 1 }, { projection: { tags: 0 } }))[0] ?? {})).toEqual(['_id', 'key', 'n', 'in']);
    expect((await find({ _id: 2 }))[0]?.['n']).toBeInstanceOf(Double);
    expect((await find({ _id: 3 }))[0]?.['n']).toBeInstanceOf(Long);
  });

  it('refuses what it does not know by name', async () => {
    await expect(find({ n: { $near: 1 } })).rejects.toMatchObject({ code: 2, message: 'unknown operator: $near' });
    await expect(find({ $where: 'x' }, {}, 'empty')).rejects.toMatchObject({ code: 2 });
    await expect(client.command('mcache', { mapReduce: 'c' })).rejects.toMatchObject({ code: 59, codeName: 'CommandNotFound' });
    await expect(client.command('mcache', { aggregate: 'c', pipeline: [{ $lookup: {} }], cursor: {} })).rejects.toMatchObject({ code: 40324 });
    await expect(insert([{ a: 1 }], 'bad$name')).rejects.toMatchObject({ code: 73 });
    await expect(client.command('no.dots', { insert: 'c', documents: [{}] })).rejects.toMatchObject({ code: 73 });
  });
});

describe('updates', () => {
  const update = async (updates: Doc[]): Promise<unknown> => plain(await client.command('mcache', { update: 'c' }, { updates }));

  it('replaces, sets, upserts, multi', async () => {
    expect(await update([{ q: { key: 'k' }, u: { key: 'k', v: 1 }, upsert: true }])).toMatchObject({ n: 1, nModified: 0, upserted: [{ index: 0 }] });
    expect(await update([{ q: { key: 'k' }, u: { $set: { v: 2, 'deep.er': 'x' }, $inc: { n: 5 } } }])).toEqual({ n: 1, nModified: 1, ok: 1 });
    expect(await find({ v: 2 })).toMatchObject([{ key: 'k', deep: { er: 'x' }, n: new Int32(5) }]);
    expect(await update([{ q: { key: 'k' }, u: { $set: { v: 2 } } }])).toEqual({ n: 1, nModified: 0, ok: 1 });
    expect(await update([{ q: { key: 'new' }, u: { $set: { v: 1 }, $setOnInsert: { first: true } }, upsert: true }])).toMatchObject({ n: 1 });
    expect(await find({ key: 'new' })).toMatchObject([{ first: true }]);
    expect(await update([{ q: {}, u: { $unset: { v: '' } }, multi: true }])).toEqual({ n: 2, nModified: 2, ok: 1 });
    expect(await find({ v: { $exists: true } })).toEqual([]);
    expect(await update([{ q: { key: 'nobody' }, u: { $set: { v: 1 } } }])).toEqual({ n: 0, nModified: 0, ok: 1 });
  });

  it('answers write errors as MongoDB does', async () => {
    expect(await update([{ q: {}, u: { $bit: { v: 1 } } }])).toEqual({ n: 0, nModified: 0, ok: 1 });
    await insert([{ _id: 1 }]);
    expect(await update([{ q: {}, u: { $bit: { v: 1 } } }])).toMatchObject({ writeErrors: [{ index: 0, code: 9 }] });
    expect(await update([{ q: {}, u: { $set: { _id: 2 } } }])).toMatchObject({ writeErrors: [{ code: 66 }] });
    expect(plain(await insert([{ _id: 2 }, { _id: 1 }, { _id: 3 }]))).toMatchObject({ n: 1, writeErrors: [{ index: 1, code: 11000 }] });
    const unordered = await client.command('mcache', { insert: 'c', ordered: false, documents: [{ _id: 1 }, { _id: 3 }] });
    expect(plain(unordered)).toMatchObject({ n: 1, writeErrors: [{ index: 0 }] });
  });

  it('finds and modifies', async () => {
    await insert([{ _id: 1, key: 'k', v: 1 }]);
    const run = (body: Doc): Promise<Doc> => client.command('mcache', { findAndModify: 'c', ...body });
    expect(await run({ query: { key: 'k' }, update: { $inc: { v: 1 } }, new: true })).toMatchObject({ value: { v: new Int32(2) } });
    expect(await run({ query: { key: 'k' }, remove: true })).toMatchObject({ value: { v: new Int32(2) } });
    expect(await run({ query: { key: 'k' }, remove: true })).toMatchObject({ value: null });
    expect(await run({ query: { key: 'n' }, update: { $set: { v: 9 } }, upsert: true })).toMatchObject({
      value: null,
      lastErrorObject: { updatedExisting: false },
    });
  });
});

describe('indexes', () => {
  it('keeps unique ones, refuses conflicting ones, follows changes', async () => {
    const create = (spec: Doc): Promise<Doc> => client.command('mcache', { createIndexes: 'c', indexes: [spec] });
    await insert([{ _id: 1, key: 'a' }]);
    await create({ key: { key: 1 }, name: 'idx', unique: true });
    await expect(create({ key: { key: 1 }, name: 'other' })).rejects.toMatchObject({ code: 85 });
    await expect(create({ key: { more: 1 }, name: 'idx' })).rejects.toMatchObject({ code: 86 });
    expect(plain(await insert([{ key: 'a' }]))).toMatchObject({ n: 0, writeErrors: [{ code: 11000 }] });
    await client.command('mcache', { update: 'c', updates: [{ q: { key: 'a' }, u: { $set: { key: ['b', 'c'] } } }] });
    expect([(await find({ key: 'a' })).length, (await find({ key: 'c' })).length, (await find({ key: ['b', 'c'] })).length]).toEqual([0, 1, 1]);
    const listed = await client.command('mcache', { listIndexes: 'c', cursor: {} });
    expect(((listed['cursor'] as Doc)['firstBatch'] as Doc[]).map((index) => index['name'])).toEqual(['_id_', 'idx']);
    await client.command('mcache', { dropIndexes: 'c', index: 'idx' });
    await expect(client.command('mcache', { dropIndexes: 'c', index: 'idx' })).rejects.toMatchObject({ code: 27 });
    await expect(client.command('mcache', { listIndexes: 'nothing', cursor: {} })).rejects.toMatchObject({ code: 26 });
  });
});

describe('cursors and counts', () => {
  it('hands out the rest by getMore, forgets by killCursors', async () => {
    await insert(Array.from({ length: 250 }, (_, n) => ({ n })));
    const first = (await client.command('mcache', { find: 'c', filter: {} }))['cursor'] as Doc;
    expect((first['firstBatch'] as Doc[]).length).toBe(101);
    const second = (await client.command('mcache', { getMore: first['id'], collection: 'c', batchSize: 100 }))['cursor'] as Doc;
    const third = (await client.command('mcache', { getMore: first['id'], collection: 'c' }))['cursor'] as Doc;
    expect([(second['nextBatch'] as Doc[]).length, (third['nextBatch'] as Doc[]).length, String(third['id'])]).toEqual([100, 49, '0']);
    await expect(client.command('mcache', { getMore: first['id'], collection: 'c' })).rejects.toMatchObject({ code: 43 });
    const open = (await client.command('mcache', { find: 'c', filter: {}, batchSize: 1 }))['cursor'] as Doc;
    expect(await client.command('mcache', { killCursors: 'c', cursors: [open['id']] })).toMatchObject({ cursorsKilled: [open['id']] });
  });

  it('answers more than one reply can hold', async () => {
    const big = 'x'.repeat(6_000_000);
    for (let n = 0; n < 4; n++) await insert([{ n, big }]);
    const first = (await client.command('mcache', { find: 'c', filter: {} }))['cursor'] as Doc;
    expect((first['firstBatch'] as Doc[]).length).toBe(2);
    const rest = (await client.command('mcache', { getMore: first['id'], collection: 'c' }))['cursor'] as Doc;
    expect((rest['nextBatch'] as Doc[]).length).toBe(2);
  });

  it('counts in every way drivers do', async () => {
    await insert([{ n: 1 }, { n: 2 }, { n: 2 }]);
    expect(plain(await client.command('mcache', { count: 'c', query: { n: 2 } }))).toMatchObject({ n: 2 });
    const pipeline = [{ $match: { n: 2 } }, { $group: { _id: 1, n: { $sum: 1 } } }];
    const reply = await client.command('mcache', { aggregate: 'c', pipeline, cursor: {} });
    expect(((reply['cursor'] as Doc)['firstBatch'] as Doc[])[0]?.['n']).toEqual(new Int32(2));
    expect(plain((await client.command('mcache', { distinct: 'c', key: 'n', query: {} }))['values'])).toHaveLength(2);
  });
});
