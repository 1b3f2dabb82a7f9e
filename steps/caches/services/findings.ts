/** What is found of cache services, and what else can reach them: rows of "is / must be / what to do". Pure. */

import { serverOf, serverPlugins } from '../../../src/caches/plugins/catalog.js';
import { LOOPBACK } from '../../../src/caches/services/endpoints.js';
import { isEnforced } from '../../../src/caches/services/guard.js';
import { type ManagedService, managedServices } from '../../../src/caches/services/managed.js';
import { type NodeReach, nodeInfo, reachOf } from '../../../src/caches/services/reach.js';
import type { Finding } from '../../../src/core/change.js';
import { activeNodes } from '../../../src/core/cluster.js';
import type { Listener } from '../../../src/core/facts.js';
import { allOf, joined, NOTHING, type Remedy, remedy } from '../../../src/core/remedy.js';
import { sessionNodes } from '../../../src/core/server-address.js';
import type { ServiceEndpoint } from '../../../src/core/service-endpoint.js';
import { firewallCommands } from '../../../src/platform/firewall.js';
import { tableName } from '../../../src/platform/managed-paths.js';
import { selinuxCommands } from '../../../src/platform/rhel.js';
import type { PlanInput } from '../../../src/track/step.js';
import { isActive } from './changes.js';
import { holds } from './loss.js';

/** Everybody who reaches such a server can read and write all of it. */
const asksNothing = (plugin: string): boolean => serverOf(plugin)?.login === 'none';

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
      ? 'not tested yet'
      : failed.length === 0
        ? `${kind}, answers ${ok.length} of ${all.length} Moodle nodes${content === null ? '' : `, holds ${content}`}`
        : failed.map(({ node, reach }) => `${node}: ${reach?.error ?? 'no answer'}`).join('; ');
  const answers = asked.length > 0 && failed.length === 0;
  const unchecked = ok.filter(({ reach }) => reach?.unchecked !== undefined);
  if (answers && unchecked.length > 0) return uncheckedFinding(endpoint, kind, unchecked);
  const todo = answers ? remedy`` : endpoint.managed ? remedy`The wizard sets it up.` : remedy`Make it reachable from every Moodle node.`;
  return {
    id: `services:reach:${endpoint.service}`,
    node: endpoint.node ?? '*',
    subject: `${endpoint.service} (${endpoint.host}:${endpoint.port})`,
    is,
    mustBe: 'answers every Moodle node',
    todo,
    level: answers ? 'ok' : endpoint.managed || asked.length === 0 ? 'note' : 'blocks',
  };
}

/** It answers, and what a run needs besides could not be checked there yet. */
function uncheckedFinding(endpoint: ServiceEndpoint, kind: string, nodes: readonly NodeReach[]): Finding {
  return {
    id: `services:reach:${endpoint.service}`,
    node: endpoint.node ?? '*',
    subject: `${endpoint.service} (${endpoint.host}:${endpoint.port})`,
    is: `${kind} answers. Not checked on ${nodes.map((n) => n.node).join(', ')}: ${nodes[0]?.reach?.unchecked ?? ''}`,
    mustBe: 'answers every Moodle node and accepts the login',
    todo: remedy`Step 3 installs the extension ("modules: {install: true}"). The login is then checked before Moodle's cache configuration is changed.`,
    level: 'note',
  };
}

/** Who else could talk to a service of ours, and what keeps them out. */
function exposureFinding(service: ManagedService): Finding {
  const { answer, address, port, guard, node } = service;
  const own = { id: `services:exposure:${node}:${answer.name}`, node, subject: `Access to ${answer.name}` };
  if (guard === null) {
    const is = `bound to ${LOOPBACK}: processes of this node only${localText(service)}`;
    return { ...own, is, mustBe: 'not reachable from outside', todo: localTodo(service), level: asksNothing(answer.plugin) ? 'note' : 'ok' };
  }
  const login = asksNothing(answer.plugin) ? 'requires no password' : 'requires the password';
  const bound = `bound to ${address}:${port} only, ${login}`;
  if (guard.open || !isEnforced(guard)) {
    const why = guard.open ? 'open by the answers (network: open)' : 'nothing on this node can restrict who connects';
    return {
      ...own,
      is: `${bound}; ${why}: every host that can route to this address can connect`,
      mustBe: 'reachable from the Moodle nodes only',
      todo: guard.open ? remedy`Remove "network: open" from the answers.` : remedy`Block other hosts by other means.`,
      level: 'warning',
    };
  }
  const by = [...(guard.byUnit ? ['systemd (IPAddressDeny)'] : []), ...(guard.byRules ? [`the nftables table inet ${tableName(answer.name)}`] : [])];
  return {
    ...own,
    is: `${bound}; ${by.join(' and ')} admits ${guard.allowed.join(', ')}, also after a reboot${localText(service)}${wallText(service)}`,
    mustBe: `reachable from ${guard.allowed.join(', ')} only`,
    todo: guardTodo(service),
    level: guard.unknown.length > 0 ? 'warning' : service.facts.firewall === null && !asksNothing(answer.plugin) ? 'ok' : 'note',
  };
}

/** Addresses tell machines apart, not the accounts on them. */
function localText({ answer }: ManagedService): string {
  return asksNothing(answer.plugin) ? '; every account on these machines can read and replace what it holds, which Moodle runs as code' : '';
}

function localTodo({ answer }: Pick<ManagedService, 'answer'>): Remedy {
  return asksNothing(answer.plugin) ? remedy`Where these machines have accounts or sites of others, use Redis, which asks for a password.` : NOTHING;
}

function wallText({ facts }: ManagedService): string {
  return facts.firewall === null ? '' : `; ${facts.firewall} also filters`;
}

/** What is left to people: addresses that nobody knows, and a firewall that may shut out the Moodle nodes too. */
function guardTodo({ answer, address, port, guard, node, facts }: ManagedService): Remedy {
  const unknown = guard?.unknown ?? [];
  const absent =
    unknown.length === 0
      ? []
      : [remedy`The address of ${unknown} is unknown: it cannot use ${answer.name} until a run includes it. Or add its address: network: {allow: [ADDRESS]}.`];
  const rules = firewallCommands(facts.firewall, { address, port, from: (guard?.allowed ?? []).filter((a) => a !== address) });
  const wall = facts.firewall === null || rules.length === 0 ? [] : [remedy`If Moodle nodes are refused, on ${node}: ${allOf(rules)}`];
  const local = asksNothing(answer.plugin) ? [localTodo({ answer })] : [];
  return joined([...absent, ...wall, ...local]);
}

/** A memcached of others that every host can reach: what it serves runs as code in Moodle. */
function openServerFinding(input: PlanInput, endpoint: ServiceEndpoint): Finding[] {
  if (!asksNothing(endpoint.plugin) || endpoint.managed || !endpoint.shared) return [];
  const node = endpoint.node ?? input.cluster.nodes.find((n) => input.facts.nodes[n.name]?.addresses.some((a) => a.split('/')[0] === endpoint.host))?.name;
  const listeners = node === undefined ? [] : (input.facts.nodes[node]?.listeners ?? []).filter((l) => l.port === endpoint.port && isOpenTo(l));
  const where = listeners.map((l) => `${l.protocol} ${l.address}:${l.port}`);
  return [
    {
      id: `services:open:${endpoint.service}`,
      node: node ?? '*',
      subject: `Access to ${endpoint.service}`,
      is: `${where.length === 0 ? '' : `listens on ${where.join(' and ')}; `}memcached asks for no password: every host that can connect can put values there that Moodle runs as code`,
      mustBe: 'reachable from the Moodle nodes only',
      todo: remedy`The wizard does not change services it does not manage. Allow only the Moodle nodes in a firewall, or let the wizard manage one (manage: true).`,
      level: 'warning',
    },
  ];
}

/** TLS without a look at who answers, as the answers ask for. */
function tlsFinding(endpoint: ServiceEndpoint): Finding[] {
  if (!endpoint.tls || endpoint.tls.verify) return [];
  return [
    {
      id: `services:tls:${endpoint.service}`,
      node: endpoint.node ?? '*',
      subject: `TLS of ${endpoint.service}`,
      is: 'its certificate is not verified (tls: {verify: none}): the password is sent to any server at this address',
      mustBe: 'certificate verified before the password is sent',
      todo: remedy`Name the file of its certificate authority: tls: {cafile: /PATH}`,
      level: 'warning',
    },
  ];
}

/** Settings of a service that others run, as far as it tells them. */
function settingsFinding(input: PlanInput, endpoint: ServiceEndpoint): Finding[] {
  const info = nodeInfo(input, endpoint.service, null);
  const findings: Finding[] = [];
  const own = { node: endpoint.node ?? '*', subject: `Settings of ${endpoint.service}` };
  const traits = serverOf(endpoint.plugin);
  const bad = traits?.audit && info && !endpoint.managed ? traits.audit.problems(info) : [];
  if (bad.length > 0) {
    findings.push({
      ...own,
      id: `services:settings:${endpoint.service}`,
      is: bad.join('; '),
      mustBe: traits?.audit?.mustBe ?? '',
      todo: remedy`Change ${traits?.audit?.where}. The wizard does not change services that it does not manage.`,
      level: 'warning',
    });
  }
  const sessions = sessionNodes(input, endpoint.host, endpoint.port);
  if (traits?.eviction && sessions.length > 0) {
    findings.push({
      ...own,
      id: `services:sessions:${endpoint.service}`,
      is: `sessions of this site are kept on it (${sessions.join(', ')})`,
      mustBe: 'a service for caches only',
      todo: remedy`Caches may evict sessions when memory is short. Give one of them a service of its own.`,
      level: 'warning',
    });
  }
  return findings;
}

function pluginOf(listener: Listener): string | null {
  return serverPlugins().find((p) => p.server.process.test(listener.process))?.plugin ?? null;
}

/** Whether a listener takes connections of other machines, by the address it is bound to. */
function isOpenTo(listener: Listener): boolean {
  return !/^(127\.|\[?::1\]?$)/.test(listener.address);
}

export interface FoundService {
  readonly node: string;
  readonly plugin: string;
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
      const open = isOpenTo(listener);
      const before = found.get(`${plugin}:${listener.port}`);
      if (before && (before.open || !open)) continue;
      found.set(`${plugin}:${listener.port}`, { node: name, plugin, address: listener.address, port: listener.port, open });
    }
    return [...found.values()];
  });
}

function foundFinding(input: PlanInput, found: FoundService): Finding {
  const udp = input.facts.nodes[found.node]?.listeners.some((l) => l.protocol === 'udp' && l.port === found.port && pluginOf(l) === found.plugin);
  const bare = found.open && asksNothing(found.plugin);
  return {
    id: `services:found:${found.node}:${found.plugin}:${found.port}`,
    node: found.node,
    subject: `${found.plugin} found`,
    is: `listens on ${found.address}:${found.port}${found.open ? '' : ' (this node only)'}${udp ? ', and on UDP, which can be misused against third parties' : ''}${bare ? '; it asks for no password, so every host that can connect can read and replace what it holds' : ''}`,
    mustBe: 'in the answers if this site uses it',
    todo: remedy`It may hold data of others, so the wizard does not change it. To use it: {name: ${found.plugin}1, plugin: ${found.plugin}, node: ${found.node}, port: ${found.port}}`,
    level: udp || bare ? 'warning' : 'note',
  };
}

function selinuxFindings(service: ManagedService): Finding[] {
  if (service.facts.selinux !== 'enforcing') return [];
  const [label, connect] = selinuxCommands(serverOf(service.answer.plugin)?.selinuxPort ?? 'port_t', service.port, true);
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
    ...endpoints.flatMap((e) => [reachFinding(input, e), ...settingsFinding(input, e), ...openServerFinding(input, e), ...tlsFinding(e)]),
    ...managed.flatMap((s) => [exposureFinding(s), ...selinuxFindings(s)]),
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
