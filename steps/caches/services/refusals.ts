/** Reasons why a service is refused as answered; reported before anything is touched. Pure. */

import type { ServiceAnswer } from '../../../src/answers/schema.js';
import { purgesAll, serverOf } from '../../../src/caches/plugins/catalog.js';
import { serversOf } from '../../../src/caches/plugins/configuration.js';
import { inSet } from '../../../src/caches/same-server.js';
import { clusterAddress, LOOPBACK, portTakenBy, serviceNodes } from '../../../src/caches/services/endpoints.js';
import { isEnforced } from '../../../src/caches/services/guard.js';
import { itemSizeOf, type ManagedService, managedServices, memoryOf, packageOf } from '../../../src/caches/services/managed.js';
import { nodeInfo, reachOf } from '../../../src/caches/services/reach.js';
import { CACHE_STEP } from '../../../src/caches/steps.js';
import { mainNode, moodleNodes } from '../../../src/core/cluster.js';
import { WizardError } from '../../../src/core/errors.js';
import type { MucStore } from '../../../src/core/facts.js';
import { piece, type Remedy, remedy, sh } from '../../../src/core/remedy.js';
import { isServer, sessionNodes } from '../../../src/core/server-address.js';
import type { ServiceEndpoint } from '../../../src/core/service-endpoint.js';
import { packageManagerOf, supportLevel } from '../../../src/platform/index.js';
import type { PlanInput } from '../../../src/track/step.js';
import { isActive, isWrongPassword, serviceChanges } from './changes.js';

const step = CACHE_STEP.services;
const list = (names: readonly string[]) => names.join(', ');

/** What is wrong with the answer itself. */
function answerProblems(input: PlanInput, service: ServiceAnswer): WizardError[] {
  const { cluster } = input;
  const wrong = (message: string, ...remedies: Remedy[]) => new WizardError('answers-invalid', `services: ${service.name}: ${message}`, { step, remedies });
  const node = cluster.nodes.find((n) => n.name === service.node);
  if (service.address !== undefined) {
    return service.manage
      ? [wrong('has an address, so the wizard cannot manage it.', remedy`Name a node of the cluster instead of an address, or remove "manage".`)]
      : [];
  }
  if (service.placement !== 'each-web-node') {
    if (service.node === undefined) return [wrong('has neither a node nor an address.', remedy`Add "node: NAME" or "address: host:port".`)];
    if (!node) return [wrong(`runs on "${service.node}", which is not a node of this cluster.`)];
    if (node.state === 'out') return [wrong(`runs on "${service.node}", which is excluded (state: out).`)];
  }
  if (!service.manage) return [];
  const problems: WizardError[] = [];
  if (node && service.placement !== 'each-web-node' && !node.roles.includes('cache')) {
    problems.push(wrong(`is to be managed on "${node.name}", which does not have the role cache.`, remedy`Add "cache" to the roles of ${node.name}.`));
  }
  if (serverOf(service.plugin)?.login === 'password' && service.password === undefined) {
    problems.push(
      wrong(
        `${serverOf(service.plugin)?.noun} that the wizard runs needs a password: it stores session IDs unencrypted.`,
        remedy`Add "password: secret:${service.plugin}Password", and ${service.plugin}Password under "secrets:".`,
      ),
    );
  }
  if (service.tls)
    problems.push(wrong('the wizard cannot set up TLS for a service it manages.', remedy`Remove "tls", or run that Redis yourself and give its address.`));
  if (serverOf(service.plugin)?.itemSize && itemSizeOf(service) * 2 > memoryOf(service)) {
    problems.push(wrong(`maxItemSize (${itemSizeOf(service)} MB) is more than half of its memory (${memoryOf(service)} MB), which memcached refuses.`));
  }
  return problems;
}

/** What the nodes it is to run on cannot do. */
function nodeProblems(input: PlanInput, service: ServiceAnswer): WizardError[] {
  if (!service.manage || service.address !== undefined) return [];
  return serviceNodes(input.cluster, service).flatMap((name) => {
    const facts = input.facts.nodes[name];
    if (!facts) return [];
    const nodes = [name];
    const problem = (code: 'platform-refused' | 'package-missing' | 'answers-invalid' | 'service-foreign', message: string, ...remedies: Remedy[]) =>
      new WizardError(code, message, { nodes, step, remedies });
    const elsewhere = remedy`Run it yourself and give its address: {name: ${service.name}, plugin: ${service.plugin}, address: "host:port"}.`;
    if (packageManagerOf(facts.os) === null || supportLevel(facts.os) === 'refused' || !facts.systemd) {
      const why = facts.systemd ? `${facts.os.name} is not supported` : 'it does not run systemd';
      return [problem('platform-refused', `${name}: ${service.name} cannot be managed here: ${why}.`, elsewhere)];
    }
    if (packageOf(facts.os, service.plugin) === null) {
      return [problem('package-missing', `${name}: ${facts.os.name} has no package of ${serverOf(service.plugin)?.noun}.`, elsewhere)];
    }
    if (service.placement !== 'each-web-node' && clusterAddress(input.cluster, name, input.facts, service) === null) {
      return [
        problem('answers-invalid', `${name}: no IPv4 address was found that the other nodes could use. Moodle's cache stores do not support IPv6.`, elsewhere),
      ];
    }
    const wanted = memoryOf(service);
    if (wanted > facts.memoryMb * 0.9) {
      return [
        problem(
          'answers-invalid',
          `${name}: ${service.name} needs ${wanted} MB, but the node has only ${facts.memoryMb} MB of memory.`,
          remedy`Set a smaller "memory".`,
        ),
      ];
    }
    return [];
  });
}

/** A memcached asks nobody for a password, and Moodle unserialises what it gets from it: anyone who reaches it runs code on the Moodle nodes. */
function exposureProblems({ answer, guard, node, address, port }: ManagedService): WizardError[] {
  if (serverOf(answer.plugin)?.login !== 'none' || guard === null || guard.open || isEnforced(guard)) return [];
  return [
    new WizardError(
      'platform-refused',
      `${node}: nothing on this node can restrict who connects to ${answer.name} (${address}:${port}): systemd does not enforce IPAddressDeny here, or not always, and the kernel refuses nftables.`,
      {
        nodes: [node],
        step,
        evidence: ['memcached asks for no password: every host that reaches the port could put values there that Moodle runs as code.'],
        remedies: [
          remedy`Run it on a node with control groups version 2 or with nftables, or use Redis, which asks for a password.`,
          remedy`If other means keep every other host away, accept the risk: "network: open" in the service ${answer.name}.`,
        ],
      },
    ),
  ];
}

/** What stands where ours would be, and is not ours. */
function foreignProblems(service: ManagedService): WizardError[] {
  const details = (remedies: readonly Remedy[]) => ({ nodes: [service.node], step, remedies });
  const unit = service.facts.units.find((u) => u.name === service.unit);
  const mark = /^Cache \S+ of (.+), port \d+ \(moodle-cluster-wizard\)$/.exec(unit?.description ?? '')?.[1];
  const ours = /^Cache \S+ of (.+), port \d+ \(moodle-cluster-wizard\)$/.exec(service.description)?.[1];
  if (unit?.description !== undefined && unit.description !== unit.name && unit.description !== '' && mark !== ours) {
    const whose = mark === undefined ? `"${unit.description}"` : `the site ${mark}`;
    return [
      new WizardError(
        'service-foreign',
        `${service.node}: ${service.unit} already exists and belongs to ${whose}.`,
        details([remedy`Give this service another name in the answers file.`]),
      ),
    ];
  }
  const taken = portTakenBy(service.facts, service.answer, service.port);
  if (!taken) return [];
  return [
    new WizardError(
      'service-foreign',
      `${service.node}: port ${service.port}, meant for ${service.answer.name}, is in use by ${taken.process || 'another process'}.`,
      details([remedy`Set another "port", or remove "port" to use a free one.`]),
    ),
  ];
}

/** Services that should answer by now, but do not, or not everywhere. */
function reachProblems(input: PlanInput, endpoint: ServiceEndpoint, pending: boolean): WizardError[] {
  // What this very plan is going to set up or change is checked by its gate afterwards.
  if (pending) return [];
  const failed = reachOf(input, endpoint.service).filter(({ reach }) => reach !== null && !reach.ok);
  if (failed.length === 0) return [];
  const where = `${endpoint.host}:${endpoint.port}`;
  const nodes = failed.map((f) => f.node);
  const evidence = failed.map(({ node, reach }) => `${node}: ${reach?.error ?? 'no answer'}`);
  const wrongPassword = failed.every(({ reach }) => reach !== null && isWrongPassword(reach));
  if (wrongPassword) {
    const remedies = [
      endpoint.passwordSecret === undefined
        ? remedy`It requires one: add "password: secret:NAME" to ${endpoint.service} in the answers, and NAME with its source under "secrets:".`
        : remedy`Check the secret "${endpoint.passwordSecret}" (${input.answers.secrets?.[endpoint.passwordSecret]?.replace(/^cmd:.*/s, 'cmd') ?? piece`no source`}) against the password that this ${endpoint.plugin} was set up with.`,
    ];
    return [new WizardError('service-unreachable', `${endpoint.service} (${where}) rejected the password.`, { nodes, step, evidence, remedies })];
  }
  const advice =
    endpoint.host === LOOPBACK
      ? remedy`Start ${endpoint.plugin} on ${nodes}, or let the wizard manage it (manage: true).`
      : remedy`On ${nodes}, test: ${sh`bash -c '</dev/tcp/${endpoint.host}/${endpoint.port}'`}. Check firewalls, the address the service listens on and, with address translation, "network: {allow: [ADDRESS]}" of the service.`;
  return [
    new WizardError('service-unreachable', `${endpoint.service} (${where}) cannot be used from ${list(nodes)}.`, { nodes, step, evidence, remedies: [advice] }),
  ];
}

/** Moodle verifies a Redis over TLS only with the file of an authority. */
function tlsProblems(input: PlanInput, endpoint: ServiceEndpoint): WizardError[] {
  const tls = endpoint.tls || null;
  if (!tls?.verify || tls.cafile !== undefined) return [];
  const systems = [...new Set(moodleNodes(input.cluster).flatMap((n) => input.facts.nodes[n.name]?.os.name ?? []))].join(', ');
  return [
    new WizardError(
      'answers-invalid',
      `services: ${endpoint.service}: the trusted certificate authorities are not in the same file on all Moodle nodes (${systems}), and Moodle has one setting for all nodes.`,
      { step, remedies: [remedy`Name a file that is at the same path on every Moodle node: "tls: {cafile: /PATH}" in the service ${endpoint.service}.`] },
    ),
  ];
}

/** Store instances of this site, as every Moodle node reads them. */
function siteStores({ cluster, facts }: PlanInput): readonly MucStore[] {
  return moodleNodes(cluster).flatMap((n) => {
    const muc = facts.nodes[n.name]?.moodle?.muc;
    return muc?.state === 'ok' ? muc.config.stores : [];
  });
}

/** A member of a replica set that takes no writes, where Moodle would know no other. */
function secondaryProblems(input: PlanInput, endpoint: ServiceEndpoint): WizardError[] {
  const info = reachOf(input, endpoint.service).find(({ reach }) => reach?.info?.['writable'] === 'false')?.reach?.info;
  const where = `${endpoint.host}:${endpoint.port}`;
  const { stores } = input.answers;
  const listed = stores === undefined || stores === 'auto' ? [] : stores.map((s) => ({ plugin: s.plugin, configuration: s.settings ?? {} }));
  if (!info || inSet([...siteStores(input), ...listed], { address: where, seenFrom: mainNode(input.cluster).name }, input)) return [];
  const remedies = [remedy`Name the primary. Or, under stores, define the store without service, with the settings server (all members) and replicaset.`];
  const set = info['setName'] === undefined ? '' : ` of the replica set ${info['setName']}`;
  return [new WizardError('service-unreachable', `${endpoint.service} (${where}) is a secondary${set}: it does not accept writes.`, { step, remedies })];
}

/** Any purge of Moodle's caches on a memcached empties all of it: with sessions there, everybody would be logged out (fact M16). */
function sessionProblems(input: PlanInput, endpoint: ServiceEndpoint): WizardError[] {
  const nodes = sessionNodes(input, endpoint.host, endpoint.port);
  if (!purgesAll(endpoint.plugin) || nodes.length === 0) return [];
  return [
    new WizardError(
      'service-foreign',
      `${endpoint.service} (${endpoint.host}:${endpoint.port}) holds the sessions of this site: any purge of Moodle's caches there would log out all users.`,
      {
        nodes,
        step,
        remedies: [remedy`Give the caches a memcached of their own: a service with "manage: true" and another port.`],
      },
    ),
  ];
}

/**
 * A memcached that others run and that holds something, though no store instance of this site uses it: what is in it is somebody else's,
 * and the first purge of a category or a course would empty it (fact M16).
 */
function foreignDataProblems(input: PlanInput, endpoint: ServiceEndpoint): WizardError[] {
  const traits = serverOf(endpoint.plugin);
  const info = purgesAll(endpoint.plugin) && !endpoint.managed ? nodeInfo(input, endpoint.service, null) : null;
  const items = info === null ? undefined : traits?.items(info);
  const byHand = traits?.emptyByHand?.(endpoint.host, endpoint.port);
  if (items === undefined || items === '0') return [];
  const where = `${endpoint.host}:${endpoint.port}`;
  if (siteStores(input).some((s) => serversOf(s.plugin, s.configuration).some((server) => isServer(input, server, endpoint)))) return [];
  return [
    new WizardError(
      'service-foreign',
      `${endpoint.service} (${where}) holds ${items} items that do not belong to this site's caches. Any purge in Moodle would delete them.`,
      {
        ...(endpoint.node === undefined ? {} : { nodes: [endpoint.node] }),
        step,
        remedies: [remedy`Give the caches a memcached of their own: a service with "manage: true".`, ...(byHand === undefined ? [] : [byHand])],
      },
    ),
  ];
}

/** All refusals of step 2. */
export function serviceRefusals(input: PlanInput, endpoints: readonly ServiceEndpoint[]): readonly WizardError[] {
  const services = input.answers.services ?? [];
  const early = services.flatMap((s) => [...answerProblems(input, s), ...nodeProblems(input, s)]);
  const managed = managedServices(input);
  const foreign = managed.flatMap((m) => [...foreignProblems(m), ...exposureProblems(m)]);
  const changing = new Set(serviceChanges(input).flatMap((c) => (c.risk === 'gate' ? [] : managed.filter((m) => m.node === c.node).map((m) => m.answer.name))));
  const active = (name: string) => managed.some((m) => m.answer.name === name && isActive(m));
  // A service of ours that does not run is started by this plan, or refused above.
  const pending = (e: ServiceEndpoint) => changing.has(e.service) || (e.managed && !active(e.service));
  return [
    ...early,
    ...foreign,
    ...endpoints.flatMap((e) => [
      ...reachProblems(input, e, pending(e)),
      ...tlsProblems(input, e),
      ...secondaryProblems(input, e),
      ...sessionProblems(input, e),
      ...foreignDataProblems(input, e),
    ]),
  ];
}
