/** Files that commands write for people: a plan for approval, a report for the change ticket. */

import { readFileSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import type { Plan } from '../core/change.js';
import { sealPlan } from '../engine/planner.js';
import { WizardError } from '../core/errors.js';

/** Writes a file 0600, whole or not at all. @throws WizardError `usage` */
export async function writePrivate(path: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(path, content, { mode: 0o600 });
  } catch (cause) {
    throw new WizardError('usage', `Cannot write ${path}: ${(cause as Error).message}`, { cause, remedies: ['Give another path, or make room.'] });
  }
}

/** Reads a plan made by `plan --out`. @throws WizardError `usage` when it is none */
export function readPlan(path: string): Plan {
  try {
    const plan = JSON.parse(readFileSync(path, 'utf8')) as Plan;
    if (plan.version !== 1 || typeof plan.hash !== 'string' || !Array.isArray(plan.stages)) throw new Error('it is no plan of this wizard');
    if (sealPlan(plan).hash !== plan.hash) throw new Error('it was changed after it was made: what it shows is not what it would run');
    return plan;
  } catch (cause) {
    throw new WizardError('usage', `Cannot use the plan ${path}: ${(cause as Error).message}`, { cause, remedies: ['Make one with: plan --answers FILE --out PLAN'] });
  }
}
