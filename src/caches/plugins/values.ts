/** One setting's value: is it allowed, how Moodle keeps it, and how Moodle's PHP sees what is kept. */

import type { SettingValue } from './shapes.js';
import type { Setting } from './types.js';

export type { SettingValue } from './shapes.js';

const SECRET_REF = /^secret:([A-Za-z][A-Za-z0-9_]{0,63})$/;
/** A host name or an IPv4 address. */
export const SERVER_HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$/;
/** Control characters have no place in any setting; a line feed separates servers. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/;

/** The secret's name in `secret:NAME`, or null. */
export function secretName(value: unknown): string | null {
  return typeof value === 'string' ? (SECRET_REF.exec(value)?.[1] ?? null) : null;
}

/** Server lines as Moodle's forms read them: trimmed, blank ones dropped, split at the colons. */
export function serverLines(value: SettingValue | readonly unknown[]): readonly (readonly string[])[] {
  const lines: readonly unknown[] = Array.isArray(value) ? value : String(value).split('\n');
  return lines
    .map((line) =>
      Array.isArray(line)
        ? line.map((part) => String(part).trim())
        : String(line)
            .trim()
            .replace(/^:+|:+$/g, '')
            .split(':'),
    )
    .filter((parts) => parts.some((part) => part !== ''));
}

function checkServers(setting: Setting, value: SettingValue): string | null {
  const lines = serverLines(value);
  if (lines.length === 0) return 'must name at least one server';
  const parts = setting.parts ?? 2;
  for (const line of lines) {
    const shown = line.join(':');
    if (line.length > parts) return `"${shown}" has more than ${parts} parts; IPv6 addresses do not work here`;
    const [host = '', port, weight] = line;
    if (!SERVER_HOST.test(host)) return `"${shown}" does not begin with a host name or IPv4 address`;
    if (port !== undefined && !isPort(port)) return `"${shown}" has no port between 1 and 65535`;
    if (weight !== undefined && !/^[1-9][0-9]{0,3}$/.test(weight)) return `"${shown}" has no weight between 1 and 9999`;
  }
  return null;
}

export function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function checkInteger(setting: Setting, value: SettingValue): string | null {
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^-?[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number)) return 'must be a whole number';
  if (setting.choices && !setting.choices.some((c) => c.value === number))
    return `must be ${setting.choices.map((c) => `${c.value} (${c.label})`).join(' or ')}`;
  if (setting.min !== undefined && number < setting.min) return `must be ${setting.min} or more`;
  if (setting.max !== undefined && number > setting.max) return `must be ${setting.max} or less`;
  return null;
}

function checkText(setting: Setting, value: SettingValue): string | null {
  if (typeof value !== 'string') return 'must be text';
  if (value === '') return null;
  if (value.includes('\n')) return 'must be one line';
  if (setting.max !== undefined && value.length > setting.max) return `must have ${setting.max} characters at most`;
  if (setting.pattern && !setting.pattern.test(value)) return `must be ${setting.patternText ?? 'of another form'}`;
  return null;
}

function checkPath(value: SettingValue): string | null {
  if (typeof value !== 'string') return 'must be a path';
  if (value === '') return null;
  if (!/^\/[A-Za-z0-9._/@+-]*$/.test(value) || value.split('/').includes('..'))
    return 'must be an absolute path of letters, digits and . _ / @ + -, without ".."';
  return null;
}

/** What is wrong with a value, as the end of a sentence ("must be …"), or null. */
export function checkSetting(setting: Setting, value: SettingValue): string | null {
  const flat = JSON.stringify(value);
  if (typeof value === 'string' ? CONTROL.test(value) : /\\u00[01]/.test(flat)) return 'must not have control characters';
  if (setting.form) return setting.form.check(value);
  switch (setting.type) {
    case 'secret':
      return secretName(value) === null ? 'must be secret:NAME, never the value itself' : null;
    case 'boolean':
      return value === true || value === false || value === 0 || value === 1 ? null : 'must be true or false';
    case 'integer':
      return checkInteger(setting, value);
    case 'servers':
      return checkServers(setting, value);
    case 'path':
      return checkPath(value);
    case 'text':
      return checkText(setting, value);
  }
}

/** The value as Moodle's own form would keep it. Checked values only. */
export function keptValue(setting: Setting, value: SettingValue): unknown {
  if (setting.form) return setting.form.keep(value);
  switch (setting.type) {
    case 'secret':
      return { $secret: secretName(value) };
    case 'boolean': {
      const yes = value === true || value === 1;
      return setting.keptAsBool ? yes : yes ? 1 : 0;
    }
    case 'integer':
      return Number(value);
    case 'servers':
      return serverLines(value);
    default:
      return String(value);
  }
}

/** PHP's idea of true. */
function phpTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return !(value === undefined || value === null || value === false || value === 0 || value === '' || value === '0');
}

/** PHP's `(int)`. */
function phpInt(value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = Number.parseInt(String(value ?? ''), 10);
  return Number.isNaN(number) ? 0 : number;
}

/** What Moodle's code makes of a kept value: two values with the same result behave the same. */
export function seenValue(setting: Setting, value: unknown): string {
  if (value === undefined || value === null) return seenValue(setting, setting.type === 'servers' ? [] : setting.default);
  if (setting.form) return setting.form.seen(value);
  switch (setting.type) {
    case 'boolean':
      return phpTrue(value) ? '1' : '0';
    case 'integer':
      return String(phpInt(value));
    case 'servers':
      return serverEndpoints(value, setting.parts ?? 2, setting.port ?? 0).join(',');
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** `host:port[:weight]` of each server of a list with the defaults filled in. */
export function serverEndpoints(value: unknown, parts: 2 | 3, defaultPort: number): readonly string[] {
  return serverLines(Array.isArray(value) ? value : String(value ?? '')).map((line) => {
    const [host = '', port = String(defaultPort), weight = '100'] = line;
    const lower = host.toLowerCase();
    return [lower === 'localhost' ? '127.0.0.1' : lower, port, ...(parts === 3 ? [weight] : [])].join(':');
  });
}
