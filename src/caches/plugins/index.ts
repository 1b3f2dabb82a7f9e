/** The list of store plugins. A new one is a file or a folder here, and a line below. Nothing else names it. */

import { apcu } from './apcu.js';
import { request, session } from './built-in.js';
import { file } from './file.js';
import { memcache, memcached } from './memcached/index.js';
import { mongodb } from './mongodb/index.js';
import { redis } from './redis/index.js';
import type { StorePlugin, StoreTraits } from './types.js';

/** In the order in which they are offered and preferred. */
export const PLUGINS: readonly StorePlugin[] = [redis, memcached, mongodb, apcu, file, session, request];

/** Plugins that are met on old sites and never added. */
export const FORMER: readonly StoreTraits[] = [memcache];
