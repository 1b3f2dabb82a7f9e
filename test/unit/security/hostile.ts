/** What a hostile node, web user or file could say, and how its effect on a terminal or a shell is seen. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { WizardError } from '../../../src/core/errors.js';

/** Everything that makes a file called canary when a shell acts on it, and everything that a terminal acts on. */
export const SHELL_BITS = [
  ';>canary;',
  '$(>canary)',
  '`>canary`',
  '|>canary;',
  '&&>canary;',
  '\n>canary\n',
  "'",
  '"',
  "';>canary;'",
  '";>canary;"',
  '\\',
  "\\';>canary;",
  '#',
  '<',
  '(',
  ')',
  '${x:=$(>canary)}',
  '!',
  '*',
  '~',
  ' ',
  '-x',
  'é',
] as const;

export const TERMINAL_BITS = [
  '\u001b[2J\u001b[H',
  '\u001b]0;title\u0007',
  '\u001b]52;c;cm0gLXJmIC8=\u001b\\',
  '\u001bP+q544e\u001b\\',
  '\u001b[31mred\u001b[39m',
  '\u001b[8mhidden',
  '\u009b2J',
  '\u009d0;title\u009c',
  '\u0090q\u009c',
  '\r[sudo] password for root: ',
  '\n[sudo] password for root: ',
  '\u0007\b\u000b\u000c\u000e',
  '\u007f\u0085',
  '\u202emoc.live\u202c',
  '\u2066a\u2069',
  'a\u200bb\u200d\u2060\ufeff',
  '\u2028\u2029',
  '\u{e0041}\u{e007f}',
  '\ud800',
  '\udc00x',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  '\u001b',
  '\u001b[',
  '\u001b]8;;http://x',
] as const;

/** Any mixture of these and of plain text, long ones too. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...SHELL_BITS), fc.constantFrom(...TERMINAL_BITS), fc.string({ unit: 'binary', maxLength: 6 }), fc.constant('/srv/a b')), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

/** A few that together hold everything, for places that are visited one by one. */
export const ALL_OF_IT: readonly string[] = [
  `/srv/x'${SHELL_BITS.join('')}`,
  `a;>canary;b$(>canary)\`>canary\`'"${TERMINAL_BITS.join('')}`,
  `\n>canary\n'\n>canary\n"`,
];

const OURS = /\u001b\[(?:1|2|22|7|27|31|32|33|36|39)m/g;
// Written down anew: what the code under test takes for dangerous must not decide what is.
const BAD =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/u;
// The surrogate halves above count only when they stand alone, which the u flag already ensures.

/** The first thing in a text that a terminal would act on or not show, with what stands around it; null when there is none. `paint`: our own colours may stand. */
export function dangerIn(text: string, paint = false): string | null {
  const bare = paint ? text.replaceAll(OURS, '') : text;
  const at = bare.search(BAD);
  return at === -1 ? null : JSON.stringify(bare.slice(Math.max(0, at - 20), at + 20));
}

/**
 * Pastes each text into shells that find no program at all.
 * @returns those texts that made a file called canary, or ran anything else that leaves one
 */
export function pasted(texts: readonly string[], shells: readonly string[] = ['/bin/sh', '/bin/bash']): readonly string[] {
  const unique = [...new Set(texts)];
  const root = mkdtempSync(join(tmpdir(), 'pasted-'));
  try {
    unique.forEach((text, i) => {
      mkdirSync(join(root, `${i}`));
      writeFileSync(join(root, `${i}`, 'text'), `${text}\n`);
    });
    for (const shell of shells) {
      // One start for all: each text in a shell of its own, in a folder of its own.
      const all = `cd "$1" && for d in *; do (cd "$d" && PATH=/nonexistent ${shell} ./text </dev/null >/dev/null 2>&1); done`;
      spawnSync('/bin/sh', ['-c', all, 'sh', root], { env: { PATH: '/nonexistent' }, timeout: 240_000 });
    }
    return unique.filter((_, i) => readdirSync(join(root, `${i}`)).some((name) => name.startsWith('canary')));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

type Path = readonly (string | number)[];

/** Where strings are in a value of data. */
export function leaves(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value === 'string') return [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => leaves(of, [...at, key]));
}

/** The same value with something else at one place. */
export function replaced<T>(value: T, [key, ...rest]: Path, by: (old: unknown) => unknown): T {
  if (key === undefined) return by(value) as T;
  const own = Array.isArray(value) ? [...value] : { ...value };
  (own as Record<string | number, unknown>)[key] = replaced((value as Record<string | number, unknown>)[key], rest, by);
  return own as T;
}

/** Every string of a value made hostile; what decides between ways (kinds, states, ids) stays. */
export function poisoned<T>(value: T, by: string, keep: ReadonlySet<string> = new Set(), key = ''): T {
  if (typeof value === 'string') return (keep.has(key) ? value : `${value}${by}`) as T;
  if (value instanceof WizardError) {
    const { message, nodes, evidence, remedies, attachment, others } = value;
    const more = attachment === undefined ? {} : { attachment: attachment + by };
    return new WizardError(value.code, message + by, {
      nodes: nodes.map((n) => n + by),
      evidence: evidence.map((e) => e + by),
      remedies: remedies.map((r) => (r + by) as typeof r),
      others: others.map((o) => poisoned(o, by, keep)),
      ...more,
    }) as T;
  }
  if (Array.isArray(value)) return value.map((v) => poisoned(v, by, keep, key)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poisoned(v, by, keep, k)])) as T;
}
