/** Settings of the Redis store: fact M9, checked against 3.8.5 and 4.5.6. */

import type { Setting } from '../types.js';
import { SERVER_FORM } from './address.js';

const PREFIX = /^[a-zA-Z0-9_-]+$/;

export const settings: readonly Setting[] = [
  {
    key: 'server',
    type: 'text',
    help: 'Where the Redis server listens: host, host:port or the path of a socket. No "tls://" in front; no IPv6 address. In cluster mode, one host:port per line.',
    example: '10.0.0.41:6379',
    default: '',
    form: SERVER_FORM,
  },
  {
    key: 'prefix',
    type: 'text',
    help: 'Prefix of all keys of this store. It must differ between sites and environments that share a server: letters, digits, - and _, five characters at most by Moodle’s own help.',
    example: 'mdl1_',
    default: '',
    pattern: PREFIX,
    patternText: 'letters, digits, - and _',
    max: 40,
    movesData: true,
  },
  {
    key: 'password',
    type: 'secret',
    help: 'Password of the server (requirepass), as secret:NAME. Moodle does not support Redis user names.',
    example: 'secret:redisPassword',
    default: '',
    since: 303,
  },
  {
    key: 'serializer',
    type: 'integer',
    help: 'How PHP turns values into text: 1 PHP’s own, 2 igbinary (smaller; its extension must be on every node and in CLI).',
    example: '1',
    default: 1,
    choices: [
      { value: 1, label: 'PHP' },
      { value: 2, label: 'igbinary', extension: { name: 'igbinary', why: 'its serializer is igbinary' } },
    ],
    movesData: true,
    since: 303,
  },
  {
    key: 'compressor',
    type: 'integer',
    help: 'Compression of values: 0 none, 1 gzip, 2 zstd (its extension must be on every node and in CLI).',
    example: '0',
    default: 0,
    choices: [
      { value: 0, label: 'none' },
      { value: 1, label: 'gzip', extension: { name: 'zlib', why: 'its compressor is gzip' } },
      { value: 2, label: 'zstd', extension: { name: 'zstd', why: 'its compressor is zstd' } },
    ],
    movesData: true,
    since: 308,
  },
  {
    key: 'connectiontimeout',
    type: 'integer',
    help: 'Seconds to wait for a connection and for an answer before pages continue without this store.',
    example: '3',
    default: 3,
    min: 1,
    max: 60,
    // In the form of 4.3.8, 4.4.4 and 4.5; the branch alone is known here, so only where every release has it.
    since: 405,
  },
  { key: 'encryption', type: 'boolean', help: 'Connect over TLS: yes or no.', example: 'true', default: false, since: 403 },
  {
    key: 'cafile',
    type: 'path',
    help: 'File with the certificate authority that signed the server’s certificate, the same path on every node. Empty: TLS without verifying the server.',
    example: '/etc/ssl/certs/redis-ca.pem',
    default: '',
    since: 403,
  },
  { key: 'clustermode', type: 'boolean', help: 'The servers are a Redis Cluster: yes or no.', example: 'false', default: false, since: 404 },
  {
    key: 'lockwait',
    type: 'integer',
    help: 'Seconds to wait for a lock. Moodle’s form lacks it: saving the store there removes it.',
    example: '60',
    default: 60,
    min: 1,
    max: 3600,
    since: 401,
    notInForm: true,
  },
  {
    key: 'locktimeout',
    type: 'integer',
    help: 'Seconds after which a lock counts as lost. Moodle’s form lacks it: saving the store there removes it.',
    example: '600',
    default: 600,
    min: 1,
    max: 86400,
    since: 401,
    notInForm: true,
  },
];
