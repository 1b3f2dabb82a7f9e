/** Checks across keys: nodes and services. */

import { serverOf, serverPlugins, storePlugin } from '../caches/plugins/catalog.js';
import type { ServerTraits } from '../caches/plugins/server-types.js';
import type { Path } from './source.js';
import { didYouMean } from './suggest.js';
import { type Group, type NodeView, text, type View } from './view.js';

/** Reports a problem at a path. */
export type Report = (path: Path, sentence: string) => void;

/** Reports names that are used more than once. */
export function checkUnique(items: readonly { readonly path: Path; readonly name: string | undefined }[], what: string, report: Report): void {
  const seen = new Set<string>();
  for (const { path, name } of items) {
    if (name === undefined) continue;
    if (seen.has(name)) report([...path, 'name'], `The name "${name}" is used for more than one ${what}.`);
    seen.add(name);
  }
}

export function checkNodes(view: View, report: Report): void {
  checkUnique(view.nodes, 'node', report);
  const mains = view.nodes.filter((n) => n.roles.includes('main'));
  if (mains.length === 0 && view.nodes.length > 0) report(['nodes'], 'One node must have the role main: the server where Moodle is administered.');
  for (const node of mains.slice(1)) report([...node.path, 'roles'], `Only one node can have the role main; "${mains[0]?.name ?? ''}" already has it.`);
  for (const node of mains)
    if (node.state === 'out') report([...node.path, 'state'], 'The main node cannot be excluded: the cache configuration is written there.');
  for (const node of view.nodes)
    if (node.reason !== undefined && node.state !== 'out')
      report([...node.path, 'reason'], `"${node.name ?? ''}" is not excluded: "reason" requires state: out.`);
  const locals = view.nodes.filter((n) => n.host === 'local');
  for (const node of locals.slice(1)) report([...node.path, 'host'], `Only one node can be "local"; "${locals[0]?.name ?? ''}" already is.`);
  checkHosts(view.nodes, report);
}

function checkHosts(nodes: readonly NodeView[], report: Report): void {
  const seen = new Map<string, string>();
  for (const node of nodes) {
    if (node.host === undefined || node.host === 'local') continue;
    const place = `${node.host} ${node.port ?? ''}`;
    const other = seen.get(place);
    if (other !== undefined)
      report([...node.path, 'host'], `"${node.host}" is already the host of node "${other}". Enter one node per machine, with all its roles.`);
    else seen.set(place, node.name ?? '');
  }
}

const MOODLE = ['main', 'web', 'cron'];

/** Which services may have a key, by the traits of their server. */
const ONLY_FOR: Readonly<Record<string, (server: ServerTraits) => boolean>> = {
  maxItemSize: (server) => server.itemSize,
  password: (server) => server.login !== 'none',
  username: (server) => server.login === 'user',
  database: (server) => server.login === 'user',
  tls: (server) => server.tls,
};

export function checkServices(view: View, report: Report): void {
  checkUnique(
    view.services.map((s) => ({ path: s.path, name: text(s.keys['name']) })),
    'service',
    report,
  );
  for (const service of view.services) {
    checkPlace(service, view, report);
    checkServiceKeys(service, report);
  }
  checkPorts(view, report);
}

function checkPlace(service: Group, view: View, report: Report): void {
  const { keys, path } = service;
  const name = text(keys['name']) ?? '';
  const given = ['node', 'address', 'placement'].filter((k) => keys[k] !== undefined && !(k === 'placement' && keys[k] === 'shared'));
  if (given.length === 0) report(path, `The service "${name}" needs one of: node, address (host:port), or placement: each-web-node.`);
  if (given.length > 1) report([...path, given[1] ?? ''], `The service "${name}" has ${given.join(' and ')}; use only one of them.`);
  if (keys['manage'] === true && keys['address'] !== undefined)
    report([...path, 'manage'], `The wizard cannot manage the service "${name}" at an address. Remove "manage", or use "node" instead of "address".`);
  checkServiceNode(service, view, report);
  checkAddress(service, view, report);
}

function checkServiceNode({ keys, path }: Group, view: View, report: Report): void {
  const name = text(keys['node']);
  if (name === undefined) return;
  const node = view.nodes.find((n) => n.name === name);
  if (!node) {
    const names = view.nodes.flatMap((n) => (n.name === undefined ? [] : [n.name]));
    report([...path, 'node'], `Unknown node "${name}".${didYouMean(name, names)}`);
    return;
  }
  if (node.state === 'out') report([...path, 'node'], `The node "${name}" is excluded (state: out).`);
  if (node.roles.length > 0 && !node.roles.includes('cache'))
    report([...path, 'node'], `The node "${name}" does not have the role cache; add it to its roles.`);
}

function checkAddress({ keys, path }: Group, view: View, report: Report): void {
  const address = text(keys['address']);
  if (address === undefined) return;
  const port = Number(address.split(':')[1]);
  if (port < 1 || port > 65535) report([...path, 'address'], `"${address}" needs a port from 1 to 65535.`);
  const moodle = view.nodes.filter((n) => n.state !== 'out' && n.roles.some((r) => MOODLE.includes(r)));
  if (/^(127\.|localhost:)/i.test(address) && moodle.length > 1) {
    report(
      [...path, 'address'],
      `"${address}" is a different server on each of the ${moodle.length} Moodle nodes. Use an address that is the same server for all, or placement: each-web-node.`,
    );
  }
}

function checkServiceKeys({ keys, path }: Group, report: Report): void {
  const plugin = text(keys['plugin']) ?? '';
  const name = text(keys['name']) ?? '';
  const known = storePlugin(plugin);
  for (const [key, has] of Object.entries(ONLY_FOR)) {
    const value = keys[key];
    if (value === undefined || value === false || plugin === '' || (known?.server && has(known.server))) continue;
    const plugins = serverPlugins().flatMap((p) => (has(p.server) ? [p.plugin] : []));
    const why =
      key === 'password' && known
        ? `Moodle's ${known.title} store does not support a password; protect the server with a firewall`
        : `"${key}" is only for ${plugins.join(' and ')}`;
    report([...path, key], `${why} (service "${name}").`);
  }
  if (keys['address'] !== undefined && keys['port'] !== undefined) report([...path, 'port'], 'The port is already part of the address.');
  if (keys['network'] !== undefined && keys['placement'] === 'each-web-node')
    report([...path, 'network'], `The service "${name}" listens only on loopback of each node; "network" applies only to services that other nodes use.`);
  if (keys['manage'] === true) return;
  for (const key of ['memory', 'maxItemSize', 'network']) {
    if (keys[key] !== undefined) report([...path, key], `"${key}" is only for services that the wizard manages (manage: true).`);
  }
}

/** Two services on one machine need two ports; managed ones without a port choose a free one. */
function checkPorts(view: View, report: Report): void {
  const seen = new Map<string, string>();
  for (const { keys, path } of view.services) {
    const place = text(keys['node']) ?? (keys['placement'] === 'each-web-node' ? 'each-web-node' : undefined);
    const plugin = text(keys['plugin']) ?? '';
    const port = typeof keys['port'] === 'number' ? keys['port'] : keys['manage'] === true ? undefined : serverOf(plugin)?.defaultPort;
    if (place === undefined || port === undefined) continue;
    const other = seen.get(`${place}:${port}`);
    if (other !== undefined)
      report(
        [...path, keys['port'] === undefined ? 'name' : 'port'],
        `Port ${port} of ${place} is already used by the service "${other}"; set another "port".`,
      );
    else seen.set(`${place}:${port}`, text(keys['name']) ?? '');
  }
}
