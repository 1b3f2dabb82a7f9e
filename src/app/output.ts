/** Files that commands write for people: a plan for approval, a report for the change ticket. */

import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Plan } from '../core/change.js';
import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { sealPlan } from '../engine/planner.js';

/** Writes a file 0600, whole or not at all. @throws WizardError `usage` */
export async function writePrivate(path: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(path, content, { mode: 0o600 });
  } catch (cause) {
    throw new WizardError('usage', `Cannot write ${path}: ${(cause as Error).message}`, { cause, remedies: [remedy`Give another path, or make room.`] });
  }
}

/** Found out before hosts are asked for minutes: a file can be written at a path. @throws WizardError `usage` */
export function assertWritable(path: string): void {
  const folder = dirname(path);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `there is no folder ${folder}` : code === 'EACCES' || code === 'EROFS' ? `nothing can be written in ${folder}` : message;
    throw new WizardError('usage', `Cannot write ${path}: ${why}.`, { cause, remedies: [remedy`Give another path.`] });
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
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : cause instanceof SyntaxError ? 'it is no plan of this wizard' : message;
    throw new WizardError('usage', `Cannot use the plan ${path}: ${why}.`, {
      cause,
      remedies: [remedy`Make one with: moodle-cluster-wizard plan --answers FILE --out PLAN`],
    });
  }
}
