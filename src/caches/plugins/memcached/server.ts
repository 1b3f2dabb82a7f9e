/** A memcached as its clients and its statistics show it. */

import { remedy, sh } from '../../../core/remedy.js';
import type { ServerTraits } from '../server-types.js';
import type { Configuration } from '../shapes.js';
import { serverEndpoints } from '../values.js';
import { managed } from './managed.js';

export const DEFAULT_PORT = 11_211;

const hostOf = (line: unknown): string => String(Array.isArray(line) ? line[0] : line).trim();

/** A clustered store writes to every server listed, so what one node deletes is gone for all. */
function sharedBy(configuration: Configuration): readonly string[] {
  const servers = configuration[configuration['clustered'] ? 'setservers' : 'servers'];
  const lines: readonly unknown[] = Array.isArray(servers) ? servers : String(servers ?? '').split(/[\n,]/);
  return lines.map(hostOf).filter((s) => s !== '');
}

/** `host:port` of every server that is read or written. */
export function servers(configuration: Configuration): readonly string[] {
  const of = (key: string) => serverEndpoints(configuration[key] ?? [], 2, DEFAULT_PORT);
  return [...new Set([...of('servers'), ...of('setservers')])];
}

export const server: ServerTraits = {
  noun: 'a Memcached server',
  hint: 'simple; any purge empties all of it',
  defaultPort: DEFAULT_PORT,
  ownPort: 11_311,
  memory: { shared: '512M', 'each-web-node': '128M' },
  process: /^memcached/,
  login: 'none',
  tls: false,
  eachNode: true,
  itemSize: true,
  sessions: true,
  speaksMemcached: true,
  paysPerDefinition: false,
  selinuxPort: 'memcache_port_t',
  managed,
  serverSetting: 'servers',
  fromService: ({ endpoint }) => ({ servers: [[endpoint.host, String(endpoint.port)]] }),
  servers,
  sharedBy,
  namedServers({ servers: lines }) {
    return (Array.isArray(lines) ? lines : []).map((s: unknown) => (Array.isArray(s) ? `${String(s[0])}:${String(s[1] ?? DEFAULT_PORT)}` : String(s)));
  },
  isSet: () => false,
  holds: (info) => (info['curr_items'] === undefined ? null : `${info['curr_items']} items`),
  items: (info) => info['curr_items'],
  clients: (info) => info['curr_connections'],
  emptyByHand: (host, port) => remedy`If its content is no longer needed, empty it first: printf 'flush_all\\r\\nquit\\r\\n' | ${sh`nc ${host} ${port}`}`,
};
