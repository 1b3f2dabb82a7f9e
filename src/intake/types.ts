/**
 * Kinds of values by meaning. What is a name, a path or a number is refused when it is not one; what is only read by people is cleaned and cut.
 * Unknown keys are dropped, and keys that every object has (`constructor`) are refused or dropped, so that no look-up finds a function.
 */

import { isIP } from 'node:net';
import * as z from 'zod';
import { hasControl, isAbsolutePath, isReservedKey, isRootName, isUnitName, isUserName, plainText, shown } from '../core/names.js';

/** Entries of lists and maps, unless a schema says otherwise. */
const MANY = 5000;

const must = (what: string) => (issue: { readonly input?: unknown }) => `must be ${what}, not "${shown(issue.input)}"`;

const checkedText = (most: number, is: (text: string) => boolean, what: string) =>
  z.string({ error: must(what) }).refine((text) => text.length <= most && is(text), { error: must(what) });

/** Read by people only: cleaned and cut, never refused for what it says. */
export const text = (most = 1000) => z.string().transform((value) => plainText(value, most));

/** One line that is compared or handed back to its node: never changed, so refused when it has control characters. */
export const line = (most = 1000) => checkedText(most, (value) => !hasControl(value), `one line of at most ${most} characters`);

export const absolutePath = checkedText(4096, isAbsolutePath, 'an absolute path without control characters').brand<'AbsolutePath'>();
export type AbsolutePath = z.infer<typeof absolutePath>;

export const userName = checkedText(64, isUserName, 'the name of a user or group').brand<'UserName'>();
/** As whom commands run for Moodle: never root. */
export const webUserName = checkedText(64, (value) => isUserName(value) && !isRootName(value), 'the name of a user other than root').brand<'UserName'>();
export type UserName = z.infer<typeof userName>;

export const unitName = checkedText(255, isUnitName, 'the name of a systemd unit').brand<'UnitName'>();

/** A socket's path, or a host or address with a port; empty where there is none. */
export const socketOrHost = checkedText(
  4096,
  (value) => value === '' || isAbsolutePath(value) || /^[A-Za-z0-9._:*[\]-]{1,300}$/.test(value),
  "a socket's path or host:port",
);

export const version = checkedText(100, (value) => /^[A-Za-z0-9.+~:_-]*$/.test(value), 'a version');
export const sha256 = checkedText(64, (value) => /^[0-9a-f]{64}$/.test(value), 'a SHA-256 in hex').brand<'Sha256'>();
/** Any other hash or token of letters and digits. */
export const token = (most = 200) => checkedText(most, (value) => /^[A-Za-z0-9._-]*$/.test(value), `at most ${most} letters, digits, dots and hyphens`);
export const ipAddress = checkedText(45, (value) => isIP(value) !== 0, 'an IP address');
export const octalMode = checkedText(5, (value) => /^[0-7]{1,5}$/.test(value), 'a file mode in octal');

/** Moodle allows letters, digits, spaces, - and _; odd names that exist all the same are kept, but one line and no key of every object. */
export const storeName = checkedText(200, (value) => value !== '' && !hasControl(value) && !isReservedKey(value), 'the name of a cache store');
export const definitionId = checkedText(200, (value) => /^[A-Za-z][A-Za-z0-9_]*\/[A-Za-z0-9_.:-]+$/.test(value), 'a cache definition (component/area)');
export const pluginName = checkedText(100, (value) => /^[A-Za-z][A-Za-z0-9_]*$/.test(value) && !isReservedKey(value), 'the name of a plugin');

export const port = z.int().min(0).max(65_535);
export const count = z.int().min(0);
/** Times, sizes and shares; never NaN or infinite. */
export const amount = z.number().min(0).max(1e15);
/** What a database or server counts, where it could be asked. */
export const countOrNull = count.nullable();

export const list = <T extends z.ZodType>(item: T, most = MANY) =>
  z
    .unknown()
    .refine((value) => !Array.isArray(value) || value.length <= most, { error: `has more than ${most} entries`, abort: true })
    .pipe(z.array(item));

/** PHP writes an empty map as `[]`. Reserved keys are dropped. */
export const map = <V extends z.ZodType>(key: z.ZodType<string, string>, value: V, most = MANY) =>
  z
    .unknown()
    .transform((given, context) => {
      if (Array.isArray(given) && given.length === 0) return {};
      if (given === null || typeof given !== 'object' || Array.isArray(given)) {
        context.addIssue({ code: 'custom', message: `must be a map, not "${shown(given)}"` });
        return z.NEVER;
      }
      const entries = Object.entries(given);
      if (entries.length > most) {
        context.addIssue({ code: 'custom', message: `has more than ${most} entries` });
        return z.NEVER;
      }
      return Object.fromEntries(entries.filter(([name]) => !isReservedKey(name)));
    })
    .pipe(z.record(key, value));

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Settings of other software: JSON of any shape, not deep, without reserved keys; texts are kept as they are. */
export const anySetting: z.ZodType<Plain> = z.lazy(() =>
  z.union([z.string().max(65_536), z.number(), z.boolean(), z.null(), z.array(anySetting), map(line(200), anySetting)]),
) as unknown as z.ZodType<Plain>;
