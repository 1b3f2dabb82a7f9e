/** What is found of cache services, and what else can reach them: rows of "is / must be / what to do". Pure. */

import type { Finding } from '../../../src/core/change.js';
import { activeNodes, allMoodleNodes } from '../../../src/core/cluster.js';
import type { Listener } from '../../../src/core/facts.js';
import { allOf, piece, remedy } from '../../../src/core/remedy.js';
import { sessionNodes } from '../../../src/core/server-address.js';
import type { PlanInput } from '../../../src/core/step.js';
import { firewallCommands } from '../../../src/platform/firewall.js';
import type { ServicePlugin } from '../../../src/platform/index.js';
import { selinuxCommands } from '../../../src/platform/rhel.js';
import { isActive } from './changes.js';
import { clientAddress, LOOPBACK, type ServiceEndpoint } from './endpoints.js';
import { holds } from './loss.js';
import { type ManagedService, managedServices } from './managed.js';
import { nodeInfo, reachOf } from './reach.js';

/** One row a service: does every Moodle node reach it? */
function reachFinding(input: PlanInput, endpoint: ServiceEndpoint): Finding {
  const all = reachOf(input, endpoint.service);
  const ok = all.filter(({ reach }) => reach?.ok);
  const asked = all.filter(({ reach }) => reach !== null);
  const failed = asked.filter(({ reach }) => !reach?.ok);
  const version = ok[0]?.reach?.version;
  const content = holds(endpoint.plugin, nodeInfo(input, endpoint.service, null));
  const kind = `${endpoint.plugin}${version === undefined ? '' : ` ${version}`}`;
  const is =
    asked.length === 0
      ? 'not asked yet'
      : failed.length === 0
        ? `${kind}, answers ${ok.length} of ${all.length} Moodle nodes${content === null ? '' : `, holds ${content}`}`
        : failed.map(({ node, reach }) => `${node}: ${reach?.error ?? 'no answer'}`).join('; ');
  const settled = asked.length > 0 && failed.length === 0;
  const todo = settled ? remedy`` : endpoint.managed ? remedy`The wizard sets it up.` : remedy`Make it reachable from every Moodle node.`;
  return {
    id: `services:reach:${endpoint.service}`,
    node: endpoint.node ?? '*',
    subject: `${endpoint.service} (${endpoint.host}:${endpoint.port})`,
    is,
    mustBe: 'answers every Moodle node',
    todo,
    level: settled ? 'ok' : endpoint.managed || asked.length === 0 ? 'note' : 'blocks',
  };
}

/** Who else could talk to a service of ours, and the rules that would keep them out. */
function exposureFinding(input: PlanInput, service: ManagedService): Finding {
  const own = { id: `services:exposure:${service.node}:${service.answer.name}`, node: service.node, subject: `Who reaches ${service.answer.name}` };
  if (service.address === LOOPBACK) {
    return { ...own, is: `bound to ${LOOPBACK}: processes of this node only`, mustBe: 'not reachable from outside', todo: remedy``, level: 'ok' };
  }
  const guard = service.answer.plugin === 'redis' ? 'asks for the password' : 'asks for no password';
  const clients = allMoodleNodes(input.cluster).map((n) => ({ name: n.name, address: clientAddress(n, service.address, input.facts) }));
  const from = clients.flatMap((c) => c.address ?? []);
  const unknown = clients.flatMap((c) => (c.address === null ? [c.name] : []));
  const rules = firewallCommands(service.facts.firewall, { address: service.address, port: service.port, from });
  const wall = service.facts.firewall === null ? 'no firewall is active on the node' : `${service.facts.firewall} is active; its rules decide`;
  return {
    ...own,
    is: `bound to ${service.address}:${service.port} only, ${guard}; ${wall}: every host that can route to this address can connect`,
    mustBe: `reachable from ${from.join(', ')} only`,
    todo: remedy`The wizard changes no firewall. On ${service.node}${unknown.length === 0 ? '' : piece`, with the addresses of ${unknown} added`}: ${allOf(rules)}`,
    level: service.answer.plugin === 'redis' || service.facts.firewall !== null ? 'note' : 'warning',
  };
}

function redisSettings(endpoint: ServiceEndpoint, info: Readonly<Record<string, string>>): readonly string[] {
  const bad: string[] = [];
  if (info.maxmemory === '0') bad.push('maxmemory 0 (it may take all memory)');
  if (info.maxmemory_policy !== undefined && !/^allkeys-(lru|lfu)$/.test(info.maxmemory_policy))
    bad.push(`maxmemory-policy ${info.maxmemory_policy} (when full it refuses writes or keeps old entries)`);
  if (info.aof_enabled === '1') bad.push('appendonly yes');
  return endpoint.managed ? [] : bad;
}

/** Settings of a service that others run, as far as it tells them. */
function settingsFinding(input: PlanInput, endpoint: ServiceEndpoint): Finding[] {
  const info = nodeInfo(input, endpoint.service, null);
  const findings: Finding[] = [];
  const own = { node: endpoint.node ?? '*', subject: `Settings of ${endpoint.service}` };
  const bad = endpoint.plugin === 'redis' && info ? redisSettings(endpoint, info) : [];
  if (bad.length > 0) {
    findings.push({
      ...own,
      id: `services:settings:${endpoint.service}`,
      is: bad.join('; '),
      mustBe: 'maxmemory set, allkeys-lru, save "", appendonly no',
      todo: remedy`Change it in its redis.conf; the wizard does not touch services it does not manage.`,
      level: 'warning',
    });
  }
  const sessions = sessionNodes(input, endpoint.host, endpoint.port);
  if (endpoint.plugin === 'redis' && sessions.length > 0) {
    findings.push({
      ...own,
      id: `services:sessions:${endpoint.service}`,
      is: `sessions of this site are kept on it (${sessions.join(', ')})`,
      mustBe: 'a service for caches only',
      todo: remedy`Caches may push sessions out when memory runs short: give one of them a service of its own.`,
      level: 'warning',
    });
  }
  return findings;
}

const PROCESS: readonly (readonly [RegExp, ServicePlugin])[] = [
  [/^(redis|valkey)/, 'redis'],
  [/^memcached/, 'memcached'],
  [/^mongod/, 'mongodb'],
];

function pluginOf(listener: Listener): ServicePlugin | null {
  return PROCESS.find(([pattern]) => pattern.test(listener.process))?.[1] ?? null;
}

export interface FoundService {
  readonly node: string;
  readonly plugin: ServicePlugin;
  readonly address: string;
  readonly port: number;
  /** Reachable from other nodes, by the address it is bound to. */
  readonly open: boolean;
}

/** Cache services that run on the cluster's nodes without being named in the answers. */
export function foundServices(input: Pick<PlanInput, 'cluster' | 'facts'>, endpoints: readonly ServiceEndpoint[]): readonly FoundService[] {
  return activeNodes(input.cluster).flatMap(({ name }) => {
    const known = endpoints.filter((e) => e.node === name || e.node === undefined).map((e) => e.port);
    const found = new Map<string, FoundService>();
    for (const listener of input.facts.nodes[name]?.listeners ?? []) {
      const plugin = listener.protocol === 'tcp' ? pluginOf(listener) : null;
      if (plugin === null || known.includes(listener.port)) continue;
      const open = !/^(127\.|\[?::1\]?$)/.test(listener.address);
      const before = found.get(`${plugin}:${listener.port}`);
      if (before && (before.open || !open)) continue;
      found.set(`${plugin}:${listener.port}`, { node: name, plugin, address: listener.address, port: listener.port, open });
    }
    return [...found.values()];
  });
}

function foundFinding(input: PlanInput, found: FoundService): Finding {
  const udp = input.facts.nodes[found.node]?.listeners.some((l) => l.protocol === 'udp' && l.port === found.port && pluginOf(l) === 'memcached');
  return {
    id: `services:found:${found.node}:${found.plugin}:${found.port}`,
    node: found.node,
    subject: `${found.plugin} found`,
    is: `listens on ${found.address}:${found.port}${found.open ? '' : ' (this node only)'}${udp ? ', and on UDP, which can be misused against third parties' : ''}`,
    mustBe: 'named in the answers, if this site is to use it',
    todo: remedy`It may hold data of others and is left alone. To use it: {name: ${found.plugin}1, plugin: ${found.plugin}, node: ${found.node}, port: ${found.port}}`,
    level: udp ? 'warning' : 'note',
  };
}

function selinuxFindings(service: ManagedService): Finding[] {
  if (service.facts.selinux !== 'enforcing') return [];
  const [label, connect] = selinuxCommands(service.answer.plugin, service.port, true);
  return [
    {
      id: `services:selinux:${service.node}:${service.answer.name}`,
      node: service.node,
      subject: `SELinux and ${service.answer.name}`,
      is: 'enforcing; the wizard cannot see whether the port is labelled',
      mustBe: `port ${service.port} labelled for it`,
      todo: remedy`On ${service.node}: ${label}; on the Moodle nodes: ${connect}`,
      level: 'warning',
    },
  ];
}

/** All findings of step 2. */
export function serviceFindings(input: PlanInput, endpoints: readonly ServiceEndpoint[]): readonly Finding[] {
  const managed = managedServices(input);
  const heavy = managed.filter((s) => s.memoryMb > s.facts.memoryMb / 2);
  return [
    ...endpoints.flatMap((e) => [reachFinding(input, e), ...settingsFinding(input, e)]),
    ...managed.flatMap((s) => [exposureFinding(input, s), ...selinuxFindings(s)]),
    ...heavy.map(
      (s): Finding => ({
        id: `services:memory:${s.node}:${s.answer.name}`,
        node: s.node,
        subject: `Memory of ${s.answer.name}`,
        is: `${s.memoryMb} MB of the node's ${s.facts.memoryMb} MB`,
        mustBe: 'at most half',
        todo: remedy`Set a smaller "memory", or run it on a node of its own.`,
        level: 'warning',
      }),
    ),
    ...foundServices(
      input,
      endpoints.filter((e) => !e.managed || managed.some((m) => m.answer.name === e.service && isActive(m))),
    ).map((f) => foundFinding(input, f)),
  ];
}
