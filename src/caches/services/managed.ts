/** A service that the wizard runs, on one node: its files and unit as they must be. Pure. */

import { createHash } from 'node:crypto';
import type { ServiceAnswer } from '../../answers/schema.js';
import { mainNode } from '../../core/cluster.js';
import type { NodeFacts } from '../../core/facts.js';
import { mebibytes, plainText } from '../../platform/escape.js';
import { unitName } from '../../platform/managed-paths.js';
import type { PlanInput } from '../../track/step.js';
import { serverOf } from '../plugins/catalog.js';
import type { ManagedFile, ManagedServer, ServerPackage } from '../plugins/server-types.js';
import { clusterAddress, LOOPBACK, serviceEndpoints, serviceNodes } from './endpoints.js';
import { type Guard, guardFiles, guardOf } from './guard.js';

const DEFAULT_ITEM_SIZE = '4M';

export interface ManagedService {
  readonly answer: ServiceAnswer;
  readonly node: string;
  readonly facts: NodeFacts;
  readonly server: ManagedServer;
  readonly package: ServerPackage;
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
  return mebibytes(service.memory ?? serverOf(service.plugin)?.memory[service.placement ?? 'shared'] ?? '0M');
}

export function itemSizeOf(service: ServiceAnswer): number {
  return mebibytes(service.maxItemSize ?? DEFAULT_ITEM_SIZE);
}

/** Room beside the data: fragmentation, buffers of clients, tables. Beyond it systemd ends the service rather than the node suffering. */
function memoryMax(memoryMb: number): number {
  return Math.ceil(memoryMb * 1.5) + 128;
}

/** Package of the server that a service needs on a node; null when the wizard cannot run it there. */
export function packageOf(os: NodeFacts['os'], plugin: string): ServerPackage | null {
  return serverOf(plugin)?.managed?.package(os) ?? null;
}

function serviceFiles(server: ManagedServer, service: Omit<ManagedService, 'files'>): readonly ManagedFile[] {
  const { answer, description, facts, address, port, memoryMb, itemMb } = service;
  const own = server.files({
    name: answer.name,
    description,
    os: facts.os,
    binary: service.package.binary,
    address,
    port,
    memoryMb,
    memoryMax: memoryMax(memoryMb),
    itemMb,
    secret: answer.password?.replace(/^secret:/, '') ?? '',
  });
  const unit = own.slice(-1);
  return [...own.slice(0, -1), ...guardFiles(service), ...unit];
}

/** A managed service on each of its nodes; nodes without facts, address or package are omitted (they are refused elsewhere). */
export function managedServices(input: PlanInput): readonly ManagedService[] {
  const endpoints = serviceEndpoints(input.cluster, input.answers, input.facts);
  return (input.answers.services ?? []).flatMap((answer) => {
    const endpoint = endpoints.find((e) => e.service === answer.name);
    if (answer.manage !== true || !endpoint?.managed) return [];
    return serviceNodes(input.cluster, answer).flatMap((node) => {
      const facts = input.facts.nodes[node];
      const server = serverOf(answer.plugin)?.managed ?? null;
      const needed = facts && server ? server.package(facts.os) : null;
      const address = answer.placement === 'each-web-node' ? LOOPBACK : clusterAddress(input.cluster, node, input.facts, answer);
      if (!facts || !server || !needed || address === null) return [];
      const description = `Cache ${answer.name} of ${siteTag(input)}, port ${endpoint.port} (moodle-cluster-wizard)`;
      const service = {
        answer,
        node,
        facts,
        server,
        package: needed,
        address,
        port: endpoint.port,
        memoryMb: memoryOf(answer),
        itemMb: itemSizeOf(answer),
        unit: unitName(answer.name),
        description,
        guard: guardOf(input, { answer, node, facts, address }),
      };
      return [{ ...service, files: serviceFiles(server, service) }];
    });
  });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
