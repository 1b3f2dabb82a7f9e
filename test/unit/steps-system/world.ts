/** A cluster with addresses, and what its facts become when changes of steps 2 and 3 have been made. */

import { createHash } from 'node:crypto';
import type { Answers } from '../../../src/answers/schema.js';
import type { Change } from '../../../src/core/change.js';
import type { Cluster } from '../../../src/core/cluster.js';
import { moodleNodes } from '../../../src/core/cluster.js';
import type { ClusterFacts, GuardFacts, NodeFacts } from '../../../src/core/facts.js';
import type { PlanInput } from '../../../src/track/step.js';
import { serviceEndpoints } from '../../../steps/caches/2-services.js';
import { clusterNode, moodleNode, nodeFacts, POOL } from '../survey/world.js';

export const CLUSTER: Cluster = {
  label: 'campus',
  dirroot: '/var/www/moodle',
  webUser: undefined,
  nodes: [
    clusterNode('main', ['main', 'web', 'cron']),
    clusterNode('web1', ['web']),
    clusterNode('web2', ['web']),
    clusterNode('cache1', ['cache']),
    { ...clusterNode('old', ['web']), state: 'out' },
  ],
};

const ADDRESS: Readonly<Record<string, string>> = { main: '10.0.0.10', web1: '10.0.0.11', web2: '10.0.0.12', cache1: '10.0.0.51' };

/** A node whose systemd enforces IPAddressDeny. */
export const GUARD: GuardFacts = { ipDeny: true, nft: 'absent', tables: [], allows: {} };

export function facts(bend: Readonly<Record<string, Partial<NodeFacts>>> = {}): ClusterFacts {
  const nodes = Object.fromEntries(
    Object.entries(ADDRESS).map(([name, address]) => {
      const own = { addresses: [address, '172.17.0.1'], ...bend[name] };
      return [
        name,
        name === 'cache1' ? nodeFacts(name, { guard: GUARD, ...own }) : moodleNode(name, { storePlugins: { file: 1, redis: 1, apcu: 1, memcached: 1 } }, own),
      ];
    }),
  );
  return { nodes, site: null };
}

const advice = { provisional: false, summary: '', options: [], services: [], modes: [], definitions: [] };

export function input(answers: Partial<Answers>, of: ClusterFacts = facts(), cluster: Cluster = CLUSTER): PlanInput {
  return {
    cluster,
    answers: { version: 1, cluster: 'campus', moodle: { dirroot: '/var/www/moodle' }, nodes: [], mappings: { base: 'keep' }, ...answers } as Answers,
    facts: of,
    advice,
    secretHmacs: {},
  };
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

/** What a unit that was started or reloaded has in force, by the files that were written for it. */
function guarded(node: NodeFacts, unit: string): Partial<NodeFacts> {
  const guard = node.guard ?? GUARD;
  const name = unit.replace(/\.service$/, '');
  const content = contents.get(`${node.node} /etc/systemd/system/${unit}.d/network.conf`) ?? '';
  const allows = (/^IPAddressAllow=localhost (.*)$/m.exec(content)?.[1] ?? '').split(' ').map((a) => (a.includes('/') ? a : `${a}/32`));
  const tables = /^ExecStartPre=\+/m.test(content) ? [...new Set([...guard.tables, name])] : guard.tables;
  return { guard: { ...guard, tables, allows: { ...guard.allows, [unit]: ['127.0.0.0/8', ...allows] } } };
}

/** Files as they were written last, by node and path. */
const contents = new Map<string, string>();

function afterOne(node: NodeFacts, change: Change): NodeFacts {
  switch (change.kind) {
    case 'package':
      return { ...node, packages: { ...node.packages, ...Object.fromEntries(change.packages.map((p) => [p, '1'])) } };
    case 'file': {
      contents.set(`${node.node} ${change.path}`, change.content);
      const path = { path: change.path, exists: true, owner: change.owner, group: change.group, mode: change.mode.toString(8), sha256: sha(change.content) };
      return { ...node, paths: { ...node.paths, [change.path]: path } };
    }
    case 'directory':
      return { ...node, paths: { ...node.paths, [change.path]: { path: change.path, exists: true, type: 'directory' } } };
    case 'unit': {
      const file = Object.values(node.paths).find((p) => p.path.endsWith(`/${change.unit}`));
      const unit = { name: change.unit, active: 'active', enabled: 'enabled' };
      return file ? { ...node, units: [...node.units.filter((u) => u.name !== change.unit), unit], ...guarded(node, change.unit) } : node;
    }
    case 'php-ready': {
      const more = (e: Readonly<Record<string, string>>) => ({ ...e, ...Object.fromEntries(change.extensions.map((x) => [x, '1.0'])) });
      const pools = node.pools.map((p) => (p.web ? { ...p, web: { ...p.web, extensions: more(p.web.extensions) } } : p));
      const moodle = node.moodle && { ...node.moodle, cli: { ...node.moodle.cli, extensions: more(node.moodle.cli.extensions) } };
      return { ...node, pools, moodle };
    }
    default:
      return node;
  }
}

/** Facts as a survey would find them once all of it is done and every service answers. */
export function afterwards(of: PlanInput, changes: readonly Change[]): PlanInput {
  const nodes: Record<string, NodeFacts> = { ...of.facts.nodes };
  for (const change of changes) {
    const node = nodes[change.node];
    if (node) nodes[change.node] = afterOne(node, change);
  }
  const reached = { ...of, facts: { ...of.facts, nodes } };
  const endpoints = serviceEndpoints(of.cluster, of.answers, reached.facts);
  for (const { name } of moodleNodes(of.cluster)) {
    const node = nodes[name];
    if (node) nodes[name] = { ...node, reach: endpoints.map((e) => ({ service: e.service, ok: true, version: '7.0' })) };
  }
  for (const change of changes) {
    const node = nodes[change.node];
    const port = change.kind === 'unit' ? endpoints.find((e) => change.unit === `moodle-muc-${e.service}.service`) : undefined;
    if (!node || !port) continue;
    const process = port.plugin === 'redis' ? 'redis-server' : 'memcached';
    nodes[change.node] = { ...node, listeners: [...node.listeners, { protocol: 'tcp', address: port.host, port: port.port, process, pid: 99 }] };
  }
  return reached;
}

export { POOL };
