/** Schemas of what a node says about its PHP, its Moodle and the cache services: parts of NodeFacts. */

import * as z from 'zod';
import { serverPlugins } from '../caches/plugins/catalog.js';
import type { MoodleNodeFacts, MucConfig, MucFileState, PathFacts, PhpPool, PhpSapi, ReachFacts } from '../core/facts.js';
import { problemsOf } from './check.js';
import { holderOf } from './holder.js';
import {
  absolutePath,
  amount,
  anySetting,
  count,
  definitionId,
  line,
  list,
  map,
  octalMode,
  pluginName,
  sha256,
  socketOrHost,
  storeName,
  text,
  token,
  unitName,
  userName,
  version,
} from './types.js';

/** Plugins on whose servers PHP can keep sessions. */
const SESSION_PLUGINS = serverPlugins().flatMap((p) => (p.server.sessions ? [p.plugin] : []));

export const phpSapi: z.ZodType<PhpSapi> = z.object({
  version,
  sapi: token(40),
  extensions: map(line(100), text(100), 500),
  ini: map(line(200), text(4000), 2000),
  scanDir: line(4096).exactOptional(),
});

export const phpPool: z.ZodType<PhpPool> = z.object({
  kind: z.enum(['fpm', 'apache']),
  name: line(255),
  version,
  user: z.union([z.literal(''), userName]),
  group: z.union([z.literal(''), userName]),
  listen: socketOrHost,
  unit: z.union([z.literal(''), unitName]),
  configFile: z.union([z.literal(''), absolutePath]),
  processControlTimeout: count.max(86_400 * 365),
  web: phpSapi.exactOptional(),
  probeError: text(2000).exactOptional(),
});

export const pathFacts: z.ZodType<PathFacts> = z.object({
  path: absolutePath,
  exists: z.boolean(),
  type: z.enum(['file', 'directory', 'link', 'other']).exactOptional(),
  owner: line(100).exactOptional(),
  group: line(100).exactOptional(),
  mode: octalMode.exactOptional(),
  size: count.exactOptional(),
  sha256: sha256.exactOptional(),
});

export const mucDefinition = z.object({
  id: definitionId,
  mode: z.union([z.literal(1), z.literal(2), z.literal(4)]),
  canUseLocalStore: z.boolean(),
  requirements: count,
  simpleKeys: z.boolean().exactOptional(),
  simpleData: z.boolean().exactOptional(),
  staticAcceleration: z.boolean().exactOptional(),
  ttl: z.int().exactOptional(),
  mappingsOnly: z.boolean().exactOptional(),
});

const storeNames = list(storeName, 100);

export const mucConfig: z.ZodType<MucConfig> = z.object({
  siteIdentifier: line(200).nullable(),
  stores: list(
    z.object({
      name: storeName,
      plugin: pluginName,
      configuration: map(line(200), anySetting, 200),
      default: z.boolean(),
      modes: z.int().exactOptional(),
      features: z.int().exactOptional(),
    }),
    500,
  ),
  modeMappings: z.object({ 1: storeNames, 2: storeNames, 4: storeNames }),
  definitionMappings: map(definitionId, storeNames),
  definitions: list(mucDefinition),
});

/** The MUC file is the web user's: one that holds what Moodle never writes counts as damaged as a whole, so that `repair` can replace it. */
export const mucFileState: z.ZodType<MucFileState> = z.unknown().transform((given): MucFileState => {
  const known = z
    .discriminatedUnion('state', [
      z.object({ state: z.literal('ok'), config: mucConfig }),
      z.object({ state: z.literal('missing') }),
      z.object({ state: z.literal('corrupt'), reason: text(1000) }),
    ])
    .safeParse(given);
  return known.success
    ? known.data
    : { state: 'corrupt', reason: `it has content that Moodle never writes (${problemsOf(known.error)[0] ?? 'unexpected form'})` };
});

const mount = z.object({ path: absolutePath, device: line(40), fsType: line(100), source: line(4096) });

/** `dirroot`: the folder that was asked for, which is what the facts carry. */
export const moodleFacts = (dirroot: string): z.ZodType<MoodleNodeFacts> =>
  z.object({
    // The answer comes from a process of the web user, so it never becomes a path that root uses or a remedy.
    dirroot: z.unknown().transform(() => dirroot),
    release: text(200),
    branch: token(20),
    versionsHash: token(200),
    phpVersion: version,
    wwwroot: line(2000),
    dataroot: absolutePath,
    cachedir: absolutePath,
    localcachedir: z.union([z.literal(''), absolutePath]),
    tempdir: absolutePath,
    db: z.object({ type: line(100), host: line(1000), name: line(1000), user: line(1000), prefix: line(100) }),
    altCacheConfigPath: line(4096).nullable(),
    alternativeCacheFactory: line(1000).nullable(),
    sslproxy: z.boolean(),
    reverseproxy: z.boolean(),
    sessionHandler: line(1000).nullable(),
    sessionServers: list(z.object({ plugin: z.enum(SESSION_PLUGINS), address: line(1000) }), 200),
    storePlugins: map(pluginName, z.int(), 500),
    mucFile: pathFacts,
    muc: mucFileState,
    mucLock: z.object({ path: absolutePath, exists: z.boolean(), ageSeconds: amount.exactOptional() }),
    wizardLock: z.object({ path: absolutePath, holder: z.unknown().transform(holderOf) }),
    datarootMount: z.object({ device: line(40), inode: line(40), fsType: line(100), source: line(4096) }),
    localcacheMount: mount.exactOptional(),
    cachedirMount: mount.exactOptional(),
    tempdirMount: mount.exactOptional(),
    cli: phpSapi,
  });

export const reachFacts: z.ZodType<ReachFacts> = z.object({
  service: line(100),
  ok: z.boolean(),
  error: text(1000).exactOptional(),
  connectMs: amount.exactOptional(),
  version: text(100).exactOptional(),
  unchecked: text(1000).exactOptional(),
  info: map(line(200), text(1000), 2000).exactOptional(),
});
