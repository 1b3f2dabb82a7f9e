/** A MongoDB server as its clients and its answers show it. */

import type { ServerTraits } from '../server-types.js';
import type { ServiceSettings, SettingValue } from '../shapes.js';
import { DEFAULT_ADDRESS, DEFAULT_PORT, endpoints } from './address.js';

function fromService({ endpoint, password, username, database }: ServiceSettings): Readonly<Record<string, SettingValue>> {
  return {
    server: `mongodb://${endpoint.host}:${endpoint.port}`,
    ...(database === undefined ? {} : { database }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: `secret:${password}` }),
  };
}

export const server: ServerTraits = {
  noun: 'a MongoDB server',
  hint: 'for sites that run one anyway',
  defaultPort: DEFAULT_PORT,
  ownPort: 27_117,
  memory: { shared: '512M', 'each-web-node': '128M' },
  process: /^mongod/,
  login: 'user',
  asciiPassword: `PHP's MongoDB driver, as Debian builds it, cannot log in with them ("ICU required to SASLPrep password")`,
  tls: false,
  eachNode: false,
  itemSize: false,
  sessions: false,
  speaksMemcached: false,
  // The driver keeps the connection from page to page, but the store asks for the index of every definition (cachestore_mongodb::initialise).
  paysPerDefinition: true,
  selinuxPort: 'mongod_port_t',
  // Debian and Red Hat have carried no MongoDB server since its licence changed.
  managed: null,
  serverSetting: 'server',
  fromService,
  servers: (configuration) => endpoints(configuration['server']),
  sharedBy: (configuration) => String(configuration['server'] ?? DEFAULT_ADDRESS).split(/[\n,]/),
  namedServers: () => [],
  isSet: (configuration) => Boolean(configuration['replicaset']),
  holds: () => null,
  items: () => undefined,
  clients: () => undefined,
  replicaSet: (info) => info['setName'],
  isOpen: (info) => info['open'] === 'true',
};
