/** Step 2 of the guide: configure, test and verify the cache services. */

import type { ServiceAnswer } from '../../src/answers/schema.js';
import { serviceEndpoints } from '../../src/caches/services/endpoints.js';
import { managedServices } from '../../src/caches/services/managed.js';
import { reachOf } from '../../src/caches/services/reach.js';
import { CACHE_STEP } from '../../src/caches/steps.js';
import type { Check } from '../../src/core/check.js';
import { remedy, sh } from '../../src/core/remedy.js';
import { ownPaths, unitName } from '../../src/platform/managed-paths.js';
import type { PlanInput, Step, StepPlan } from '../../src/track/step.js';
import { isActive, serviceChanges } from './services/changes.js';
import { serviceFindings } from './services/findings.js';
import { guardChecks } from './services/guard-checks.js';
import { serviceRefusals } from './services/refusals.js';
import { titleOf } from './titles.js';

export { serviceEndpoints } from '../../src/caches/services/endpoints.js';
export { type FoundService, foundServices } from './services/findings.js';

const STEP = CACHE_STEP.services;

/** Paths whose facts this step decides from. Known from the answers alone, before any survey. */
export function servicePaths(services: readonly Pick<ServiceAnswer, 'name' | 'manage'>[]): readonly string[] {
  return ownPaths(services.filter((s) => s.manage).map((s) => s.name));
}

/** Units whose state this step decides from. */
export function serviceUnits(services: readonly Pick<ServiceAnswer, 'name' | 'manage'>[]): readonly string[] {
  return services.filter((s) => s.manage).map((s) => unitName(s.name));
}

function plan(input: PlanInput): StepPlan {
  const endpoints = serviceEndpoints(input.cluster, input.answers, input.facts);
  return { changes: serviceChanges(input), findings: serviceFindings(input, endpoints), refusals: serviceRefusals(input, endpoints), edits: null };
}

function reachChecks(input: PlanInput, service: string, where: string): Check[] {
  return reachOf(input, service).map(({ node, reach }): Check => {
    const common = { id: `reach:${node}:${service}`, node, step: STEP, subject: `${service} (${where}) answers` };
    if (reach === null) return { ...common, status: 'unknown', detail: 'not asked' };
    if (!reach.ok)
      return {
        ...common,
        status: 'failed',
        detail: reach.error ?? 'no answer',
        remedy: remedy`Check ${where} from ${node}: firewall, bind address, password.`,
      };
    if (reach.unchecked !== undefined)
      return {
        ...common,
        status: 'unknown',
        detail: `answers; not checked: ${reach.unchecked}`,
        remedy: remedy`Install the missing PHP extension on ${node}, or apply with "modules: {install: true}".`,
      };
    return { ...common, status: 'passed', detail: reach.version ?? 'answers', ...(reach.connectMs === undefined ? {} : { ms: reach.connectMs }) };
  });
}

function unitChecks(input: PlanInput): Check[] {
  return managedServices(input).map((service): Check => {
    const unit = service.facts.units.find((u) => u.name === service.unit);
    const good = isActive(service) && unit?.enabled === 'enabled';
    const common = { id: `unit:${service.node}:${service.unit}`, node: service.node, step: STEP, subject: `${service.unit} runs, also after a reboot` };
    if (good) return { ...common, status: 'passed', detail: 'active, enabled' };
    return {
      ...common,
      status: 'failed',
      detail: unit ? `${unit.active}, ${unit.enabled}` : 'no such unit',
      remedy: remedy`${sh`systemctl status ${service.unit}`} on ${service.node}; or apply again.`,
    };
  });
}

export const servicesStep: Step = {
  ...titleOf(STEP),
  plan,
  verify(input) {
    const endpoints = serviceEndpoints(input.cluster, input.answers, input.facts);
    return [...unitChecks(input), ...guardChecks(input, STEP), ...endpoints.flatMap((e) => reachChecks(input, e.service, `${e.host}:${e.port}`))];
  },
};
