/** Who may reach a managed service that listens on the network, and what keeps everybody else out. Pure. */

import type { ServiceAnswer } from '../../answers/schema.js';
import { allMoodleNodes } from '../../core/cluster.js';
import type { NodeFacts } from '../../core/facts.js';
import { CONFIG_DIR, dropInPath, NFTABLES_DROP_IN_DIR, nftablesDropInPath, rulesPath, tableName, unitName } from '../../platform/managed-paths.js';
import { renderTemplate } from '../../platform/templates.js';
import type { PlanInput } from '../../track/step.js';
import { serverOf } from '../plugins/catalog.js';
import { clientAddress, commonBits, isIpv4, LOOPBACK } from './endpoints.js';

/** Where Debian and Red Hat install it. */
const NFT = '/usr/sbin/nft';

export interface Guard {
  /** Addresses and networks that may connect; empty when it is open to everybody by the answers. */
  readonly allowed: readonly string[];
  /** Moodle nodes whose address nobody knows: excluded ones. */
  readonly unknown: readonly string[];
  /** The answers accept that everybody who can route to it may connect. */
  readonly open: boolean;
  /** systemd enforces IPAddressDeny on this node. */
  readonly byUnit: boolean;
  /** An nftables table of its own is loaded by the unit. */
  readonly byRules: boolean;
}

/** Whether the answers say yes to a service that every host can connect to. */
export function isOpen(answer: ServiceAnswer): boolean {
  return answer.network === 'open';
}

function extraAllowed(answer: ServiceAnswer): readonly string[] {
  return typeof answer.network === 'object' ? answer.network.allow : [];
}

/**
 * The guard of a service at `address` of a node; null on loopback, which no other host reaches. Rules that were written once stay, so that a host which
 * learns to enforce IPAddressDeny changes nothing.
 */
export function guardOf(
  input: Pick<PlanInput, 'cluster' | 'facts'>,
  at: { readonly answer: ServiceAnswer; readonly node: string; readonly facts: NodeFacts; readonly address: string },
): Guard | null {
  const { answer, facts, address } = at;
  if (address === LOOPBACK) return null;
  const clients = allMoodleNodes(input.cluster).map((n) => ({
    name: n.name,
    address: clientAddress(n, address, input.facts) ?? (isIpv4(n.host) ? n.host : null),
  }));
  const unknown = clients.flatMap((c) => (c.address === null ? [c.name] : []));
  // An excluded node reads Moodle's configuration all the same: what its service lets in now stays let in.
  const now = unknown.length === 0 ? [] : (facts.guard?.allows[unitName(answer.name)] ?? []).map((a) => a.replace(/\/32$/, ''));
  const kept = now.filter((a) => isIpv4(a.split('/')[0] ?? '') && !a.startsWith('127.'));
  const open = isOpen(answer);
  const all = [address, ...clients.flatMap((c) => c.address ?? []), ...extraAllowed(answer), ...kept];
  const byUnit = !open && facts.guard?.ipDeny === true;
  const hasRules = facts.paths[rulesPath(answer.name)]?.exists === true;
  return { allowed: open ? [] : [...new Set(all)], unknown, open, byUnit, byRules: hasRules || (!open && !byUnit && facts.guard?.nft !== 'refused') };
}

/** Whether something on the node keeps others out. */
export function isEnforced(guard: Guard): boolean {
  return guard.byUnit || (guard.byRules && !guard.open);
}

/** Whether one of these addresses may connect. */
export function isAllowed(guard: Guard, addresses: readonly string[]): boolean {
  const own = addresses.map((a) => a.split('/')[0] ?? '').filter(isIpv4);
  return guard.allowed.some((entry) => {
    const [network = '', length = '32'] = entry.split('/');
    return own.some((a) => commonBits(a, network) >= Number(length));
  });
}

interface Guarded {
  readonly answer: ServiceAnswer;
  readonly address: string;
  readonly port: number;
  readonly description: string;
  readonly guard: Guard | null;
}

const owned = { owner: 'root', group: 'root', holdsSecret: false } as const;

/** The drop-in of the unit, and the rules where they are needed. */
export function guardFiles(service: Guarded) {
  const { answer, address, port, description, guard } = service;
  if (guard === null) return [];
  const table = tableName(answer.name);
  const rulesFile = rulesPath(answer.name);
  const unless = (on: boolean) => (on ? '' : '# ');
  const dropIn = renderTemplate('services/network.conf', {
    description,
    summary: guard.open ? 'Open to every host that can route here, as set in the answers (network: open).' : `Only ${guard.allowed.join(', ')} can connect.`,
    unlessNft: unless(guard.byRules),
    // Stopping or restarting nftables drops all tables: a service without passwords must not run on without its own.
    unlessPart: unless(guard.byRules && !guard.open && !guard.byUnit && serverOf(answer.plugin)?.login === 'none'),
    unlessGuarded: unless(!guard.open),
    addresses: guard.allowed.join(' '),
    nft: NFT,
    rulesFile,
    table,
  });
  const accepts = guard.allowed.map((from) => `ip daddr ${address} tcp dport ${port} ip saddr ${from} accept`).join('; ');
  const rules = renderTemplate('services/rules.nft', { description, table, unlessGuarded: unless(!guard.open), accepts, address, port });
  return [
    ...(guard.byRules
      ? [
          { ...owned, mode: 0o644, path: rulesFile, content: rules },
          {
            ...owned,
            mode: 0o644,
            path: nftablesDropInPath(answer.name),
            content: renderTemplate('services/nftables.conf', { description, nft: NFT, rulesFile }),
          },
        ]
      : []),
    { ...owned, mode: 0o644, path: dropInPath(answer.name), content: dropIn },
  ];
}

/** Whether a file of a service only says who may connect: such a change needs no restart. */
export function isGuardFile(path: string): boolean {
  return (
    path.endsWith('.service.d/network.conf') || path.startsWith(`${NFTABLES_DROP_IN_DIR}/`) || (path.startsWith(`${CONFIG_DIR}/`) && path.endsWith('.nft'))
  );
}
