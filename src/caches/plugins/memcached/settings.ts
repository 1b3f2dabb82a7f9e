/** Settings of the Memcached store: facts M7 and M16, checked against 3.8.5 and moodle-cachestore_memcached. */

import type { Setting } from '../types.js';
import { DEFAULT_PORT } from './server.js';

export const settings: readonly Setting[] = [
  {
    key: 'servers',
    type: 'servers',
    parts: 3,
    port: DEFAULT_PORT,
    help: 'The servers, one a line or list entry: host, host:port or host:port:weight. The same servers in the same order on every node; no IPv6 address.',
    example: '10.0.0.41:11211',
    default: [],
  },
  { key: 'compression', type: 'boolean', help: 'Compress values of more than 100 bytes: yes or no.', example: 'true', default: true },
  {
    key: 'serialiser',
    type: 'integer',
    help: 'How PHP turns values into text: 1 PHP’s own, 2 igbinary, 3 JSON. All nodes need the same support.',
    example: '1',
    default: 1,
    choices: [
      { value: 1, label: 'PHP' },
      { value: 2, label: 'igbinary', extension: { name: 'igbinary', why: 'its serializer is igbinary' } },
      { value: 3, label: 'JSON' },
    ],
    movesData: true,
  },
  {
    key: 'prefix',
    type: 'text',
    help: 'Prefix of all keys: letters, digits, - and _, 16 characters at most. Without one, two sites with a store of the same name share keys.',
    example: 'campus1',
    default: '',
    pattern: /^[a-zA-Z0-9_-]+$/,
    patternText: 'letters, digits, - and _',
    max: 16,
    movesData: true,
  },
  {
    key: 'hash',
    type: 'integer',
    help: 'How keys are spread over several servers: 0 the default, 1 MD5, 2 CRC, 3 FNV1_64, 4 FNV1A_64, 5 FNV1_32, 6 FNV1A_32, 7 Hsieh, 8 Murmur. Leave it at 0.',
    example: '0',
    default: 0,
    min: 0,
    max: 8,
  },
  { key: 'bufferwrites', type: 'boolean', help: 'Collect writes before they are sent: yes or no. Leave it off.', example: 'false', default: false },
  {
    key: 'clustered',
    type: 'boolean',
    help: 'Read from one server, write to several (below): yes or no. Needs exactly one entry under servers.',
    example: 'false',
    default: false,
    keptAsBool: true,
    since: 208,
  },
  {
    key: 'setservers',
    type: 'servers',
    parts: 2,
    port: DEFAULT_PORT,
    help: 'Only with clustered: every server that is written to, by full name, the local one among them. host or host:port.',
    example: 'web1.example.org:11211',
    default: [],
    since: 208,
  },
  {
    key: 'isshared',
    type: 'boolean',
    help: 'Other software uses this server too. Purging is then unreliable with current memcached versions: give Moodle a server of its own and leave this off.',
    example: 'false',
    default: false,
    since: 301,
  },
];
