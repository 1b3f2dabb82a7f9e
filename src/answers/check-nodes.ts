/** Checks across keys: nodes and services. */

import { serverOf, serverPlugins, storePlugin } from '../caches/plugins/catalog.js';
import type { ServerTraits } from '../caches/plugins/server-types.js';
import type { Path } from './source.js';
import { didYouMean } from './suggest.js';
import { type Group, type NodeView, text, type View } from './view.js';

/** Says what is wrong at a path. */
export type Tell = (path: Path, sentence: string) => void;

/** Tells of every name that was there before. */
export function checkUnique(items: readonly { readonly path: Path; readonly name: string | undefined }[], what: string, tell: Tell): void {
  const seen = new Set<string>();
  for (const { path, name } of items) {
    if (name === undefined) continue;
    if (seen.has(name)) tell([...path, 'name'], `The name "${name}" is used for more than one ${what}.`);
    seen.add(name);
  }
}

export function checkNodes(view: View, tell: Tell): void {
  checkUnique(view.nodes, 'node', tell);
  const mains = view.nodes.filter((n) => n.roles.includes('main'));
  if (mains.length === 0 && view.nodes.length > 0) tell(['nodes'], 'One node must have the role main: the one where Moodle is administered.');
  for (const node of mains.slice(1)) tell([...node.path, 'roles'], `Only one node can have the role main, and "${mains[0]?.name ?? ''}" has it already.`);
  for (const node of mains)
    if (node.state === 'out') tell([...node.path, 'state'], 'The main node cannot be left out: the cache configuration is written there.');
  for (const node of view.nodes)
    if (node.reason !== undefined && node.state !== 'out')
      tell([...node.path, 'reason'], `"${node.name ?? ''}" takes part in this run: a reason belongs to a node with state: out.`);
  const locals = view.nodes.filter((n) => n.host === 'local');
  for (const node of locals.slice(1)) tell([...node.path, 'host'], `Only one node can be "local", and "${locals[0]?.name ?? ''}" is already.`);
  checkHosts(view.nodes, tell);
}

function checkHosts(nodes: readonly NodeView[], tell: Tell): void {
  const seen = new Map<string, string>();
  for (const node of nodes) {
    if (node.host === undefined || node.host === 'local') continue;
    const place = `${node.host} ${node.port ?? ''}`;
    const other = seen.get(place);
    if (other !== undefined) tell([...node.path, 'host'], `"${node.host}" is the host of node "${other}" already; one machine is one node with several roles.`);
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

export function checkServices(view: View, tell: Tell): void {
  checkUnique(
    view.services.map((s) => ({ path: s.path, name: text(s.keys['name']) })),
    'service',
    tell,
  );
  for (const service of view.services) {
    checkPlace(service, view, tell);
    checkServiceKeys(service, tell);
  }
  checkPorts(view, tell);
}

function checkPlace(service: Group, view: View, tell: Tell): void {
  const { keys, path } = service;
  const name = text(keys['name']) ?? '';
  const given = ['node', 'address', 'placement'].filter((k) => keys[k] !== undefined && !(k === 'placement' && keys[k] === 'shared'));
  if (given.length === 0) tell(path, `The service "${name}" needs a place: node, address (host:port), or placement: each-web-node.`);
  if (given.length > 1) tell([...path, given[1] ?? ''], `The service "${name}" has ${given.join(' and ')}; only one of them can say where it is.`);
  if (keys['manage'] === true && keys['address'] !== undefined)
    tell([...path, 'manage'], `The service "${name}" is at an address that the wizard does not manage; leave out manage, or name a node.`);
  checkServiceNode(service, view, tell);
  checkAddress(service, view, tell);
}

function checkServiceNode({ keys, path }: Group, view: View, tell: Tell): void {
  const name = text(keys['node']);
  if (name === undefined) return;
  const node = view.nodes.find((n) => n.name === name);
  if (!node) {
    const names = view.nodes.flatMap((n) => (n.name === undefined ? [] : [n.name]));
    tell([...path, 'node'], `There is no node "${name}".${didYouMean(name, names)}`);
    return;
  }
  if (node.state === 'out') tell([...path, 'node'], `The node "${name}" is left out of this run (state: out).`);
  if (node.roles.length > 0 && !node.roles.includes('cache'))
    tell([...path, 'node'], `The node "${name}" does not have the role cache; add it under its roles.`);
}

function checkAddress({ keys, path }: Group, view: View, tell: Tell): void {
  const address = text(keys['address']);
  if (address === undefined) return;
  const port = Number(address.split(':')[1]);
  if (port < 1 || port > 65535) tell([...path, 'address'], `"${address}" has no port between 1 and 65535.`);
  const moodle = view.nodes.filter((n) => n.state !== 'out' && n.roles.some((r) => MOODLE.includes(r)));
  if (/^(127\.|localhost:)/i.test(address) && moodle.length > 1) {
    tell(
      [...path, 'address'],
      `"${address}" is another server on each of ${moodle.length} Moodle nodes. Use an address that all of them share, or placement: each-web-node.`,
    );
  }
}

function checkServiceKeys({ keys, path }: Group, tell: Tell): void {
  const plugin = text(keys['plugin']) ?? '';
  const name = text(keys['name']) ?? '';
  const known = storePlugin(plugin);
  for (const [key, has] of Object.entries(ONLY_FOR)) {
    const value = keys[key];
    if (value === undefined || value === false || plugin === '' || (known?.server && has(known.server))) continue;
    const plugins = serverPlugins().flatMap((p) => (has(p.server) ? [p.plugin] : []));
    const why =
      key === 'password' && known
        ? `Moodle's ${known.title} store sends no password: protect the server by a firewall`
        : `"${key}" is only for ${plugins.join(' and ')}`;
    tell([...path, key], `${why} (service "${name}").`);
  }
  if (keys['address'] !== undefined && keys['port'] !== undefined) tell([...path, 'port'], 'The port stands in the address already.');
  if (keys['network'] !== undefined && keys['placement'] === 'each-web-node')
    tell([...path, 'network'], `The service "${name}" listens on loopback of each node only; "network" is for one that other nodes reach.`);
  if (keys['manage'] === true) return;
  for (const key of ['memory', 'maxItemSize', 'network']) {
    if (keys[key] !== undefined) tell([...path, key], `"${key}" is only for services that the wizard manages (manage: true).`);
  }
}

/** Two services on one machine need two ports; managed ones without a port choose a free one. */
function checkPorts(view: View, tell: Tell): void {
  const seen = new Map<string, string>();
  for (const { keys, path } of view.services) {
    const place = text(keys['node']) ?? (keys['placement'] === 'each-web-node' ? 'each-web-node' : undefined);
    const plugin = text(keys['plugin']) ?? '';
    const port = typeof keys['port'] === 'number' ? keys['port'] : keys['manage'] === true ? undefined : serverOf(plugin)?.defaultPort;
    if (place === undefined || port === undefined) continue;
    const other = seen.get(`${place}:${port}`);
    if (other !== undefined)
      tell(
        [...path, keys['port'] === undefined ? 'name' : 'port'],
        `Port ${port} of ${place} is used by the service "${other}" already; give this one a port of its own.`,
      );
    else seen.set(`${place}:${port}`, text(keys['name']) ?? '');
  }
}
