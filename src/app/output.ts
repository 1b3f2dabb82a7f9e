/** Files that commands write for people: a plan for approval, a report for the change ticket. */

import { dirname } from 'node:path';
import type { Plan } from '../core/change.js';
import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { sealPlan } from '../engine/run/planner.js';
import { asFault, faultError, isMissing } from '../local/fault.js';
import { readTrusted } from '../local/read.js';
import { assertPrivateDir, assertReplaceable, replacePrivate } from '../local/write.js';

/** A plan for 500 nodes takes some 5 MiB. */
const MAX_PLAN_BYTES = 33_554_432;

/** Writes a file 0600, whole or not at all, through no link. @throws WizardError `usage`, `file-untrusted` */
export function writePrivate(path: string, content: string): void {
  try {
    replacePrivate(path, content);
  } catch (thrown) {
    throw faultError('Cannot write', path, thrown, 'usage', [remedy`Give another path, or free space.`]);
  }
}

/** Found out before hosts are asked for minutes: a file can be written at a path. @throws WizardError `usage`, `file-untrusted` */
export function assertWritable(path: string): void {
  try {
    assertReplaceable(path);
  } catch (thrown) {
    const fault = asFault(thrown);
    const folder = dirname(path);
    if (fault.code === 'ENOENT' || fault.code === 'ENOTDIR') throw cannotWrite(path, `there is no folder ${folder}`, thrown);
    if (fault.code === 'EACCES' || fault.code === 'EROFS') throw cannotWrite(path, `nothing can be written in ${folder}`, thrown);
    throw faultError('Cannot write', path, thrown, 'usage', [remedy`Give another path.`]);
  }
}

const cannotWrite = (path: string, why: string, cause: unknown) =>
  new WizardError('usage', `Cannot write ${path}: ${why}.`, { cause, remedies: [remedy`Give another path.`] });

/** A folder for journals and logs that others could plant something in is refused before anything is asked. @throws WizardError `file-untrusted` */
export function assertStateDir(path: string): void {
  try {
    assertPrivateDir(path);
  } catch (thrown) {
    throw faultError('Cannot keep journals and logs in', path, thrown, 'usage', [remedy`Give another folder with --state-dir DIR.`]);
  }
}

/** Reads a plan made by `plan --out`; like an answers file it must be one that only root or the person who runs this could write. @throws WizardError `usage`, `file-untrusted` */
export function readPlan(path: string): Plan {
  const text = planText(path);
  try {
    const plan = JSON.parse(text) as Plan;
    if (typeof plan !== 'object' || plan === null) throw new Error('it is no plan of this wizard');
    if (plan.version !== 1 || typeof plan.hash !== 'string' || !Array.isArray(plan.stages) || !plan.stages.every(isStage))
      throw new Error('it is no plan of this wizard');
    if (sealPlan(plan).hash !== plan.hash) throw new Error('it was changed after it was made: what it shows is not what it would run');
    return plan;
  } catch (cause) {
    throw unusable(path, cause instanceof SyntaxError ? 'it is no plan of this wizard' : (cause as Error).message, cause);
  }
}

/** What a comparison with the new plan reads of a stage; all else is compared as text. */
function isStage(stage: unknown): boolean {
  const changes = (stage as { readonly changes?: unknown } | null)?.changes;
  return (
    Array.isArray(changes) && changes.every((c: unknown) => typeof c === 'object' && c !== null && typeof (c as { readonly id?: unknown }).id === 'string')
  );
}

function planText(path: string): string {
  try {
    return readTrusted(path, { limit: MAX_PLAN_BYTES }).toString('utf8');
  } catch (thrown) {
    if (isMissing(thrown)) throw unusable(path, 'there is no such file', thrown);
    throw faultError('Cannot use the plan', path, thrown, 'usage', [remedy`Make one with: moodle-cluster-wizard plan --answers FILE --out PLAN`]);
  }
}

const unusable = (path: string, why: string, cause: unknown) =>
  new WizardError('usage', `Cannot use the plan ${path}: ${why}.`, {
    cause,
    remedies: [remedy`Make one with: moodle-cluster-wizard plan --answers FILE --out PLAN`],
  });
