/** A service that the wizard runs, on one node: its files and unit as they must be. Pure. */

import { createHash } from 'node:crypto';
import type { ServiceAnswer } from '../../answers/schema.js';
import { mainNode } from '../../core/cluster.js';
import type { NodeFacts } from '../../core/facts.js';
import { mebibytes, plainText } from '../../platform/escape.js';
import { type ServicePlatform, servicePlatform } from '../../platform/index.js';
import { confPath, secretPath, unitName, unitPath } from '../../platform/managed-paths.js';
import { renderTemplate } from '../../platform/templates.js';
import type { PlanInput } from '../../track/step.js';
import { clusterAddress, LOOPBACK, serviceEndpoints, serviceNodes } from './endpoints.js';
import { type Guard, guardFiles, guardOf } from './guard.js';

/** Fixed, not a share of the node's memory: a plan must not change because a kernel counts its memory otherwise. */
const DEFAULT_MEMORY = { shared: '512M', 'each-web-node': '128M' } as const;
const DEFAULT_ITEM_SIZE = '4M';

export interface ManagedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly holdsSecret: boolean;
}

export interface ManagedService {
  readonly answer: ServiceAnswer;
  readonly node: string;
  readonly facts: NodeFacts;
  readonly platform: ServicePlatform;
  readonly address: string;
  readonly port: number;
  readonly memoryMb: number;
  readonly itemMb: number;
  readonly unit: string;
  /** Null on loopback. */
  readonly guard: Guard | null;
  /** The Description its unit must have: names the site, so that two sites on one cache node never take each other's service for their own. */
  readonly description: string;
  readonly files: readonly ManagedFile[];
}

/** What a unit's Description says of whose service it is. */
export function siteTag(input: Pick<PlanInput, 'cluster' | 'facts'>): string {
  const moodle = input.facts.nodes[mainNode(input.cluster).name]?.moodle;
  return plainText(moodle?.wwwroot ?? input.cluster.label);
}

export function memoryOf(service: ServiceAnswer): number {
  return mebibytes(service.memory ?? DEFAULT_MEMORY[service.placement ?? 'shared']);
}

export function itemSizeOf(service: ServiceAnswer): number {
  return mebibytes(service.maxItemSize ?? DEFAULT_ITEM_SIZE);
}

/** Room beside the data: fragmentation, buffers of clients, tables. Beyond it systemd ends the service rather than the node suffering. */
function memoryMax(memoryMb: number): number {
  return Math.ceil(memoryMb * 1.5) + 128;
}

function unitFile(service: Omit<ManagedService, 'files'>): ManagedFile {
  const { answer, platform } = service;
  const common = {
    description: service.description,
    binary: platform.binary,
    memoryMax: memoryMax(service.memoryMb),
  };
  const content =
    answer.plugin === 'memcached'
      ? renderTemplate('services/memcached.service', {
          ...common,
          address: service.address,
          port: service.port,
          memory: service.memoryMb,
          itemSize: service.itemMb,
        })
      : renderTemplate('services/redis.service', { ...common, secretFile: secretPath(answer.name) });
  return { path: unitPath(answer.name), content, mode: 0o644, owner: 'root', group: 'root', holdsSecret: false };
}

function redisFiles(service: Omit<ManagedService, 'files'>): readonly ManagedFile[] {
  const { answer, platform } = service;
  const secret = answer.password?.replace(/^secret:/, '') ?? '';
  const owned = { owner: 'root', group: 'root' };
  const conf = renderTemplate('services/redis.conf', {
    description: service.description,
    address: service.address,
    port: service.port,
    memory: service.memoryMb,
    lazyUserDel: platform.lazyUserDelete ? '' : '# needs Redis 6: ',
    lockedSettings: platform.lockedSettings ? '' : '# needs Redis 7: ',
  });
  const password = renderTemplate('services/redis.secret.conf', {
    name: answer.name,
    confFile: confPath(answer.name),
    password: `{{secret:${secret}}}`,
  });
  return [
    // Read by a user that exists only while the service runs.
    { ...owned, mode: 0o644, path: confPath(answer.name), content: conf, holdsSecret: false },
    { ...owned, mode: 0o600, path: secretPath(answer.name), content: password, holdsSecret: true },
  ];
}

/** A managed service on each of its nodes; nodes without facts, address or package are left out (they are refused elsewhere). */
export function managedServices(input: PlanInput): readonly ManagedService[] {
  const endpoints = serviceEndpoints(input.cluster, input.answers, input.facts);
  return (input.answers.services ?? []).flatMap((answer) => {
    const endpoint = endpoints.find((e) => e.service === answer.name);
    if (answer.manage !== true || !endpoint?.managed) return [];
    return serviceNodes(input.cluster, answer).flatMap((node) => {
      const facts = input.facts.nodes[node];
      const platform = facts ? servicePlatform(facts.os, answer.plugin) : null;
      const address = answer.placement === 'each-web-node' ? LOOPBACK : clusterAddress(input.cluster, node, input.facts, answer);
      if (!facts || !platform || address === null) return [];
      const description = `Cache ${answer.name} of ${siteTag(input)}, port ${endpoint.port} (moodle-cluster-wizard)`;
      const service = {
        answer,
        node,
        facts,
        platform,
        address,
        port: endpoint.port,
        memoryMb: memoryOf(answer),
        itemMb: itemSizeOf(answer),
        unit: unitName(answer.name),
        description,
        guard: guardOf(input, { answer, node, facts, address }),
      };
      return [{ ...service, files: [...(answer.plugin === 'redis' ? redisFiles(service) : []), ...guardFiles(service), unitFile(service)] }];
    });
  });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
