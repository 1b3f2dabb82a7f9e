/** The bridge's answers as the types of bridge-api.ts. The bridge is ours and of the same version, so shapes are checked only where a mix-up would be costly. */

import { createTwoFilesPatch } from 'diff';
import type { LockHolder, MucConfig, SiteFacts } from '../core/facts.js';
import type { Convergence, EmptyResult, MucBytes, ProofResult, StagedMuc } from './bridge-api.js';

interface StageAnswer {
  readonly content: string;
  readonly sha256: string;
  readonly baseSha256: string | null;
  readonly before: string;
  readonly after: string;
  readonly config: MucConfig;
  readonly siteIdentifier: string | null;
}

export function asSite(data: unknown): SiteFacts {
  return data as SiteFacts;
}

export function asStaged(data: unknown): StagedMuc {
  const { content, before, after, ...told } = data as StageAnswer;
  return { ...told, content: Buffer.from(content, 'base64'), diff: unifiedDiff(before, after) };
}

/** A unified diff of two texts that hold no secrets; empty when they are equal. */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return '';
  return createTwoFilesPatch('muc/config.php (now)', 'muc/config.php (then)', before, after, undefined, undefined, { context: 2 })
    .split('\n')
    .slice(1)
    .join('\n');
}

export function asMucBytes(data: unknown): MucBytes | null {
  if (data === null) return null;
  const { content, file } = data as { readonly content: string; readonly file: MucBytes['file'] };
  return { content: Buffer.from(content, 'base64'), file };
}

export function asSha(data: unknown): { readonly sha256: string } {
  return { sha256: (data as { readonly sha256: string }).sha256 };
}

export function asHolder(data: unknown): LockHolder | null {
  return lockHolder((data as { readonly holder: unknown }).holder);
}

/** The lock lies where the web user writes: whatever stands in it becomes short plain text and a number. */
export function lockHolder(found: unknown): LockHolder | null {
  if (found === null || typeof found !== 'object') return null;
  const fields = found as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string).replace(/[^\x20-\x7e]/g, '?').slice(0, 120) : '');
  const pid = typeof fields['pid'] === 'number' && Number.isSafeInteger(fields['pid']) && fields['pid'] > 0 ? fields['pid'] : 0;
  return {
    token: typeof fields['token'] === 'string' ? fields['token'] : '',
    run: text('run'),
    user: text('user'),
    host: text('host'),
    pid,
    processStart: text('processStart'),
    since: text('since'),
    ...(text('machine') === '' ? {} : { machine: text('machine') }),
    ...(text('boot') === '' ? {} : { boot: text('boot') }),
  };
}

export function asProof(data: unknown): ProofResult {
  return data as ProofResult;
}

export function asConvergence(data: unknown): Convergence {
  return data as Convergence;
}

export function asEmptied(data: unknown): EmptyResult {
  return data as EmptyResult;
}
