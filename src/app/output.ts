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
    throw faultError('Cannot write', path, thrown, 'usage', [remedy`Choose another path, or free space.`]);
  }
}

/** Checks that a file can be written at a path, before work that takes minutes. @throws WizardError `usage`, `file-untrusted` */
export function assertWritable(path: string): void {
  try {
    assertReplaceable(path);
  } catch (thrown) {
    const fault = asFault(thrown);
    const folder = dirname(path);
    if (fault.code === 'ENOENT' || fault.code === 'ENOTDIR') throw cannotWrite(path, `the folder ${folder} does not exist`, thrown);
    if (fault.code === 'EACCES' || fault.code === 'EROFS') throw cannotWrite(path, `the folder ${folder} is not writable`, thrown);
    throw faultError('Cannot write', path, thrown, 'usage', [remedy`Choose another path.`]);
  }
}

const cannotWrite = (path: string, why: string, cause: unknown) =>
  new WizardError('usage', `Cannot write ${path}: ${why}.`, { cause, remedies: [remedy`Choose another path.`] });

/** Refuses a folder for journals and logs in which other users could create files. @throws WizardError `file-untrusted` */
export function assertStateDir(path: string): void {
  try {
    assertPrivateDir(path);
  } catch (thrown) {
    throw faultError('Cannot keep journals and logs in', path, thrown, 'usage', [remedy`Choose another folder with --state-dir DIR.`]);
  }
}

/** Reads a plan made by `plan --out`; as with an answers file, only root or the user who runs the wizard may be able to write it. @throws WizardError `usage`, `file-untrusted` */
export function readPlan(path: string): Plan {
  const text = planText(path);
  try {
    const plan = JSON.parse(text) as Plan;
    if (typeof plan !== 'object' || plan === null) throw new Error('it is not a plan of this wizard');
    if (plan.version !== 1 || typeof plan.hash !== 'string' || !Array.isArray(plan.stages) || !plan.stages.every(isStage))
      throw new Error('it is not a plan of this wizard');
    if (sealPlan(plan).hash !== plan.hash) throw new Error('it was changed after it was created');
    return plan;
  } catch (cause) {
    throw unusable(path, cause instanceof SyntaxError ? 'it is not a plan of this wizard' : (cause as Error).message, cause);
  }
}

/** The parts of a stage that the comparison with the new plan reads; the rest is compared as text. */
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
    if (isMissing(thrown)) throw unusable(path, 'the file does not exist', thrown);
    throw faultError('Cannot use the plan', path, thrown, 'usage', [remedy`Create one: moodle-cluster-wizard plan --answers FILE --out PLAN`]);
  }
}

const unusable = (path: string, why: string, cause: unknown) =>
  new WizardError('usage', `Cannot use the plan ${path}: ${why}.`, {
    cause,
    remedies: [remedy`Create one: moodle-cluster-wizard plan --answers FILE --out PLAN`],
  });
