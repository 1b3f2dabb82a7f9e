/** Settings of the MongoDB store: facts M8 and M11. */

import type { Setting } from '../types.js';
import { DEFAULT_ADDRESS, DEFAULT_DATABASE } from './address.js';

export const settings: readonly Setting[] = [
  {
    key: 'server',
    type: 'text',
    help: 'Connection address: mongodb://host:port, several hosts with commas. Options go behind "/?"; no user name or password in it.',
    example: 'mongodb://10.0.0.41:27017',
    default: DEFAULT_ADDRESS,
    pattern: /^mongodb(\+srv)?:\/\/[A-Za-z0-9._,:/?&=-]+$/,
    patternText: 'mongodb://host:port, without user name and password',
  },
  {
    key: 'database',
    type: 'text',
    help: 'Name of the database. Use a separate one: deleting the store drops it.',
    example: 'mcache',
    default: DEFAULT_DATABASE,
    pattern: /^[A-Za-z0-9_-]+$/,
    patternText: 'letters, digits, - and _',
    max: 38,
  },
  {
    key: 'username',
    type: 'text',
    help: 'User of that database.',
    example: 'moodle',
    default: '',
    pattern: /^[A-Za-z0-9_-]+$/,
    patternText: 'letters, digits, - and _',
    omitEmpty: true,
  },
  { key: 'password', type: 'secret', help: 'Its password, as secret:NAME.', example: 'secret:mongoPassword', default: '', omitEmpty: true },
  {
    key: 'replicaset',
    type: 'text',
    help: 'Name of the replica set, if the servers form one.',
    example: 'rs0',
    default: '',
    pattern: /^[A-Za-z0-9_-]+$/,
    patternText: 'letters, digits, - and _',
    omitEmpty: true,
  },
  {
    key: 'usesafe',
    type: 'boolean',
    help: 'Wait until a write is confirmed: yes or no. Leave it on: from Moodle 3.7 on, every write fails without it.',
    example: 'true',
    // Moodle's class has it on where the key is absent; its form cannot switch it off.
    default: true,
    omitEmpty: true,
    keptAsBool: true,
    broken: { value: false, since: 307, why: 'without "usesafe" every write of the MongoDB store ends in an exception' },
  },
  {
    key: 'usesafevalue',
    type: 'integer',
    help: 'How many servers must confirm a write; only with usesafe.',
    example: '1',
    default: 0,
    min: 0,
    max: 50,
    omitEmpty: true,
  },
  {
    key: 'extendedmode',
    type: 'boolean',
    help: 'Store each part of a key in a separate field. Leave it off: with it, reading several keys at once fails in every Moodle version.',
    example: 'false',
    default: false,
    keptAsBool: true,
    broken: { value: true, since: 0, why: 'with "extendedmode" the MongoDB store calls a function that it does not have' },
  },
];
