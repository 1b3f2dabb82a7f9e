/** Whether what keeps others from our services is in force now, judged from facts. Pure. */

import { serverOf } from '../../../src/caches/plugins/catalog.js';
import { isEnforced } from '../../../src/caches/services/guard.js';
import { type ManagedService, managedServices } from '../../../src/caches/services/managed.js';
import type { Check } from '../../../src/core/check.js';
import { remedy, sh } from '../../../src/core/remedy.js';
import { tableName } from '../../../src/platform/managed-paths.js';
import type { PlanInput } from '../../../src/track/step.js';
import { isActive } from './changes.js';

/** What is not as it should be, in words; empty when only the Moodle nodes can connect. */
function faults(service: ManagedService): readonly string[] {
  const { guard, facts, unit, answer, address, port } = service;
  if (guard === null) return [];
  const allows = facts.guard?.allows[unit] ?? [];
  const missing = guard.allowed.filter((a) => !allows.includes(a.includes('/') ? a : `${a}/32`));
  const process = serverOf(answer.plugin)?.process ?? /^$/;
  const wide = facts.listeners.filter(
    (l) => l.port === port && process.test(l.process) && l.protocol !== 'unix' && (l.address !== address || l.protocol === 'udp'),
  );
  return [
    ...wide.filter((l) => !/^127\./.test(l.address)).map((l) => `listens on ${l.protocol} ${l.address}:${l.port}`),
    ...(guard.byUnit && missing.length > 0 ? [`its unit does not admit ${missing.join(', ')}`] : []),
    ...(guard.byRules && facts.guard?.tables.includes(tableName(answer.name)) !== true
      ? [`the nftables table inet ${tableName(answer.name)} is not loaded`]
      : []),
  ];
}

/** One check a service that listens on the network and runs. */
export function guardChecks(input: PlanInput, step: string): readonly Check[] {
  return managedServices(input).flatMap((service): Check[] => {
    const { guard, node, answer } = service;
    if (guard === null || guard.open || !isEnforced(guard) || !isActive(service) || service.facts.guard === undefined) return [];
    const found = faults(service);
    const common = { id: `guard:${node}:${answer.name}`, node, step, subject: `Only the Moodle nodes can connect to ${answer.name}` };
    if (found.length === 0)
      return [{ ...common, status: 'passed', detail: guard.byUnit ? 'systemd filters by address' : `nftables table inet ${tableName(answer.name)}` }];
    return [
      { ...common, status: 'failed', detail: found.join('; '), remedy: remedy`Run apply again, or: ${sh`systemctl restart ${service.unit}`} on ${node}` },
    ];
  });
}
