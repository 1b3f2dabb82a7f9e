/** The answers file: one schema gives the types, the checks, the help texts and the exported JSON Schema (rule S27). */

import * as z from 'zod';
import { TRACK_ANSWERS } from '../../steps/answers.js';
import { serverPlugins } from '../caches/plugins/catalog.js';
import { ROLES } from '../core/cluster.js';

const NAME = /^[a-z0-9]([a-z0-9-]{0,62})$/i;
/** An address or an alias: nothing a shell, ssh or a URL could read as an option or as syntax. */
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$|^[0-9A-Fa-f:]{2,39}$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}\$?$/i;
const SECRET_REF = /^secret:[A-Za-z][A-Za-z0-9_]{0,63}$/;
const SECRET_SOURCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+|cmd:.+)$/s;
const MEMORY = /^[1-9][0-9]{0,6}[MG]$/;
const STORE_NAME = /^[A-Za-z0-9_ -]{1,100}$/;
/** One line that can stand in a report: no control characters, and nothing that turns the direction of what follows. */
const REASON = /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,200}$/u;
const DEFINITION = /^[a-z][a-z0-9_]*\/[a-z0-9_]+$/;
/** Absolute, printable, no `..` and nothing that would need quoting in a unit or a PHP file. */
const PATH = /^\/[A-Za-z0-9._/@+-]*$/;

const path = z
  .string()
  .regex(PATH, 'must be an absolute path of letters, digits and . _ / @ + -')
  .refine((p) => !p.split('/').includes('..'), 'must not contain ".."');
const name = z.string().regex(NAME, 'must be letters, digits and hyphens, beginning with a letter or digit');
const secretRef = z.string().regex(SECRET_REF, 'must be "secret:NAME", with NAME listed under secrets');
const storeName = z.string().regex(STORE_NAME, 'must be letters, digits, spaces, - and _ (Moodle allows no others)');

/** An IPv4 address or network: services listen on IPv4 only. */
const NETWORK = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\/(?:[89]|[12]\d|3[0-2]))?$/;

const tls = z.union([
  z.boolean(),
  z.strictObject({
    cafile: path
      .optional()
      .describe('File with the certificate authority of the service, at the same path on every Moodle node; default: the authorities of the system'),
    verify: z
      .enum(['peer', 'none'])
      .optional()
      .describe('peer (default): check certificate and name; none: check neither, so any server at this address receives the password'),
  }),
]);

const network = z.union([
  z.enum(['nodes', 'open']),
  z.strictObject({
    allow: z
      .array(z.string().regex(NETWORK, 'must be an IPv4 address or a network such as 10.0.0.0/24'))
      .min(1)
      .describe('Addresses or networks that may connect in addition to the Moodle nodes, for example behind address translation'),
  }),
]);

const ssh = z.strictObject({
  user: z.string().regex(USER, 'must be a Unix user name').optional().describe('Login name on the nodes; default: from ~/.ssh/config'),
  port: z.int().min(1).max(65535).optional().describe('SSH port'),
  identityFile: z
    .string()
    .regex(/^[~/][A-Za-z0-9._/@+-]*$/, 'must be a path beginning with / or ~/')
    .optional()
    .describe('Private key'),
  hostKeys: z.enum(['known_hosts', 'accept-new']).optional().describe('known_hosts (default): refuse unknown host keys; accept-new: add them'),
  sudo: z
    .union([
      z.enum(['none', 'auto']),
      z.string().regex(/^password: ?secret:[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be none, auto or "password: secret:NAME"'),
      z.strictObject({ password: secretRef.describe('Secret with the sudo password') }),
    ])
    .optional()
    .describe('none: log in as root; auto (default): root, or sudo without a password; "password: secret:NAME": sudo with this password'),
});

const node = z.strictObject({
  name: name.describe('Name of the node in plans, reports and other answers'),
  host: z.string().regex(HOST, 'must be "local", an address or an alias of ~/.ssh/config').describe('local: the machine that the wizard runs on'),
  roles: z.array(z.enum(ROLES)).min(1).describe('Roles of the node in the cluster'),
  ssh: ssh.optional().describe('Settings of this node that differ from those of all nodes'),
  web: z
    .strictObject({ port: z.int().min(1).max(65535).describe('Port') })
    .optional()
    .describe('The web server of this node'),
  state: z.enum(['in', 'out']).optional().describe('out: exclude this node; every report names it'),
  reason: z
    .string()
    .regex(REASON, 'must be one line of at most 200 characters, none of them a control character')
    .optional()
    .describe('Why the node is excluded; shown in every report'),
});

/** Kinds of cache service. */
export const SERVICE_PLUGINS: readonly string[] = serverPlugins().map((p) => p.plugin);

const service = z.strictObject({
  name: name.describe('Name that stores refer to'),
  plugin: z.enum(SERVICE_PLUGINS).describe('Store plugin that uses it'),
  node: name.optional().describe('Node it runs on (role cache, or web with placement each-web-node)'),
  address: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}):[0-9]{1,5}$/, 'must be host:port')
    .optional()
    .describe('host:port of a service that the wizard does not manage'),
  manage: z.boolean().optional().describe('true: the wizard installs and configures it as a separate systemd unit'),
  placement: z
    .enum(['shared', 'each-web-node'])
    .optional()
    .describe('shared (default): one for all nodes; each-web-node: one on every Moodle node, on loopback'),
  port: z.int().min(1024).max(65535).optional().describe('Port of a managed service'),
  memory: z.string().regex(MEMORY, 'must be a size such as 512M or 2G').optional().describe('Memory limit of a managed service'),
  maxItemSize: z.string().regex(MEMORY, 'must be a size such as 4M').optional().describe('memcached: largest item size (option -I)'),
  password: secretRef.optional().describe('secret:NAME'),
  username: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .describe('MongoDB user'),
  database: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/)
    .optional()
    .describe('MongoDB database'),
  tls: tls.optional().describe('Redis over TLS (Moodle 4.3 and later): true, or {cafile: /PATH}; the certificate is checked before the password is sent'),
  network: network
    .optional()
    .describe(
      'Who can connect to a managed service. nodes (default): only the Moodle nodes; {allow: [ADDRESS]}: these addresses too; open: every host that can reach it (with memcached, each of these hosts can run code in Moodle)',
    ),
});

const settingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.array(z.union([z.string(), z.number()]))]))]);

const store = z.strictObject({
  name: storeName.describe('Name of the store instance in Moodle'),
  plugin: z
    .string()
    .regex(/^[a-z][a-z0-9]*$/, 'must be a cache store plugin such as redis')
    .describe('Store plugin'),
  service: name.optional().describe('Service that provides its address and password'),
  settings: z
    .record(z.string().regex(/^[a-z]+$/), settingValue)
    .optional()
    .describe('Settings of the plugin, named as in Moodle'),
});

const definitionId = z.string().regex(DEFINITION, 'must be component/area, such as core/string');

const mappings = z.strictObject({
  base: z.enum(['auto', 'keep']).optional().describe('auto (default): map as recommended; keep: change only what is named here'),
  modes: z
    .strictObject({
      application: storeName.optional().describe('Store for application definitions without a mapping of their own'),
      session: storeName.optional().describe('Store for session definitions without a mapping of their own; usually unchanged'),
    })
    .optional()
    .describe('Default stores of the modes'),
  definitions: z.record(definitionId, z.array(storeName)).optional().describe('Stores of a definition, the primary one first'),
});

const common = z.strictObject({
  version: z.literal(1).describe('Version of this format'),
  cluster: z
    .string()
    .min(1)
    .max(60, 'must have at most 60 characters')
    .regex(/^[\p{L}\p{N} ._-]+$/u, 'must be letters, digits, spaces and . _ -')
    .describe('Name of the cluster in reports'),
  track: z
    .enum(Object.keys(TRACK_ANSWERS) as [string, ...string[]])
    .optional()
    .describe('Section of the guide that these answers are for; default: decided by the keys below'),
  moodle: z.strictObject({
    dirroot: path.describe('Folder that holds config.php; the same path on every Moodle node'),
    webUser: z.string().regex(USER, 'must be a Unix user name').optional().describe('User that PHP runs as; default: detected'),
  }),
  ssh: ssh.optional().describe('SSH settings of all nodes; ~/.ssh/config is used too'),
  nodes: z.array(node).min(1).describe('All machines of the cluster'),
  needs: z
    .strictObject({
      users: z.int().min(1).max(10_000_000).optional().describe('Users who are active in a busy hour'),
      sharedDisk: z.enum(['measure', 'slow', 'fast']).optional().describe('Speed of the shared disk (dataroot); measure: measure it'),
      aim: z.enum(['few-changes', 'balanced', 'fastest']).optional().describe('Priority of the recommendations'),
    })
    .optional()
    .describe('Step 1: what the caches are for'),
  services: z.array(service).optional().describe('Step 2: cache services; default: existing ones are used, missing ones are recommended'),
  modules: z
    .strictObject({
      install: z
        .union([z.boolean(), z.enum(['check', 'print'])])
        .optional()
        .describe('true: install missing modules; check: only report them; print: print a recipe for other tools'),
      allowPhpUpgrade: z.boolean().optional().describe('Allow PHP package upgrades when modules are installed'),
    })
    .optional()
    .describe('Step 3: PHP modules on the nodes'),
  stores: z
    .union([z.literal('auto'), z.array(store)])
    .optional()
    .describe('Step 4: auto: one store for each service, existing stores are adopted; or a list of stores'),
  mappings: mappings.optional().describe('Step 5: which stores serve which definitions'),
  remove: z
    .strictObject({
      stores: z.array(storeName).optional().describe('Stores to remove from Moodle; the data on their servers is not deleted'),
      mappings: z.array(definitionId).optional().describe('Definitions to unmap; they use the default store of their mode again'),
    })
    .optional()
    .describe('What to remove; nothing else is removed or unmapped'),
  secrets: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
      z.string().regex(SECRET_SOURCE, 'must be env:NAME, file:/PATH or cmd:COMMAND; never the value itself'),
    )
    .optional()
    .describe('Sources of secrets: env:NAME, file:/PATH or cmd:COMMAND; never the values'),
});

/** Every key of the file: those above, and what further tracks bring along. Their own steps know the types of those. */
export const answersSchema = common.extend(Object.assign({}, ...Object.values(TRACK_ANSWERS)) as object) as typeof common;

export type Answers = z.infer<typeof common>;
export type NodeAnswer = Answers['nodes'][number];
export type ServiceAnswer = NonNullable<Answers['services']>[number];
export type TlsAnswer = NonNullable<ServiceAnswer['tls']>;
export type StoreAnswer = z.infer<typeof store>;
export type SshAnswer = z.infer<typeof ssh>;
