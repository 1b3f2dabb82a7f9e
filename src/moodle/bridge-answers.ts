/** The bridge's answers as the types of bridge-api.ts: each is checked by its schema, so that nothing of another shape gets any further. */

import { createHash } from 'node:crypto';
import { createTwoFilesPatch } from 'diff';
import type { LockHolder } from '../core/facts.js';
import type { MucBytes, StagedMuc } from '../core/moodle-answers.js';
import * as schemas from '../intake/bridge.js';
import { answerInvalid, checked, type Source } from '../intake/check.js';

/** Longer texts are not compared line by line: it takes time that grows with their difference. Characters. */
const MOST_DIFFED = 1_000_000;
const DIFF_MS = 5_000;

/** @throws WizardError `answer-invalid`, also when the content is not the one that its hash names */
export function asStaged(data: unknown, source: Source): StagedMuc {
  const { content, before, after, ...staged } = checked(schemas.stageAnswer, data, source);
  const bytes = Buffer.from(content, 'base64');
  if (createHash('sha256').update(bytes).digest('hex') !== staged.sha256) throw answerInvalid(source, ['sha256: must be the hash of the content']);
  return { ...staged, content: bytes, diff: unifiedDiff(before, after) };
}

/** A unified diff of two texts that hold no secrets; empty when they are equal. */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return '';
  const tooLong = '(The two files are too large or too different to compare line by line.)\n';
  if (before.length + after.length > MOST_DIFFED) return tooLong;
  const patch = createTwoFilesPatch('muc/config.php (now)', 'muc/config.php (then)', before, after, undefined, undefined, { context: 2, timeout: DIFF_MS });
  return patch?.split('\n').slice(1).join('\n') ?? tooLong;
}

/** @throws WizardError `answer-invalid` */
export function asMucBytes(data: unknown, source: Source): MucBytes | null {
  const found = checked(schemas.mucBytes, data, source);
  return found === null ? null : { content: Buffer.from(found.content, 'base64'), file: found.file };
}

/** @throws WizardError `answer-invalid` */
export function asHolder(data: unknown, source: Source): LockHolder | null {
  return checked(schemas.holderAnswer, data, source).holder;
}
