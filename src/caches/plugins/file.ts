/** File store: fact M10. Shared below cachedir unless it has a path of its own. */

import type { StorePlugin } from './types.js';

export const file: StorePlugin = {
  plugin: 'file',
  title: 'File cache',
  lives: 'disk',
  coreSince: 0,
  needs: () => null,
  modes: 3,
  features: 30,
  canAdd: true,
  goodFor: 'Always available: shared below cachedir, or on a local disk of each node.',
  settings: [
    {
      key: 'path',
      type: 'path',
      help: 'Folder for the files, the same path on every Moodle node. Empty: below cachedir, so shared by all nodes. A folder on a local disk makes the store private to each node.',
      example: '/var/local/moodle-cache',
      default: '',
      movesData: true,
    },
    {
      key: 'autocreate',
      type: 'boolean',
      help: 'Create the folder if it is missing: yes or no. Keep it on if you set a path: the store fails on a node without the folder.',
      example: 'true',
      default: false,
      omitEmpty: true,
    },
    {
      key: 'singledirectory',
      type: 'boolean',
      help: 'All files in one folder: yes or no. Only for few items.',
      example: 'false',
      default: false,
      omitEmpty: true,
    },
    {
      key: 'prescan',
      type: 'boolean',
      help: 'List the folder once a page instead of asking for each file: yes or no.',
      example: 'false',
      default: false,
      omitEmpty: true,
    },
    {
      key: 'asyncpurge',
      type: 'boolean',
      help: 'Purge by switching to a new folder; cron deletes the old one later: yes or no.',
      example: 'false',
      default: false,
      omitEmpty: true,
      since: 400,
    },
    { key: 'lockwait', type: 'integer', help: 'Seconds to wait for a lock.', example: '60', default: 60, min: 1, max: 3600, since: 401 },
  ],
  // A store whose folder is missing is not ready, so a named path is made unless the answers say otherwise.
  complete: (configuration, named) => (configuration['path'] !== '' && !named.includes('autocreate') ? { ...configuration, autocreate: 1 } : configuration),
  dataKey: ({ path }) => (typeof path === 'string' && path !== '' ? path.replace(/\/+$/, '') : null),
};
