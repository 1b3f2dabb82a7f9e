/** What tests and the lab import. */

export { bundleMongoStandIn } from './bundle.js';
export { connectMongo, type MongoClient } from './client.js';
export { type MongoCounters, type MongoForTests, type MongoForTestsOptions, mongoForTests } from './for-tests.js';
export { type MongoStandIn, type MongoStandInOptions, startMongoStandIn } from './server.js';
export type { MongoStandInStats } from './stats.js';
