/** The one-line form of store instances: what is typed or pasted, and what is shown back. */

import type { StoreAnswer } from '../../../src/answers/schema.js';
import type { Parsed } from '../../../src/track/question.js';

const fail = (error: string): { readonly ok: false; readonly error: string } => ({ ok: false, error });

/** Text in double quotes, with the escapes of JSON. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;
const WORD = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g;

/** Words, of which parts in double quotes may hold spaces; null when a quote is not closed. */
function words(line: string): readonly string[] | null {
  return line.replaceAll(WORD, '').trim() === '' ? [...line.matchAll(WORD)].map((m) => m[0]) : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text without its quotes. What is no JSON in them was typed by hand and means itself. */
function unquote(text: string): string {
  return text.replaceAll(QUOTED, (quoted: string, inside: string) => {
    const value = json(quoted);
    return typeof value === 'string' ? value : inside;
  });
}

/** A number, true, false or a list as such; all else, and all that is quoted, is text. */
function settingValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text.startsWith('[')) return json(text) ?? json(text.replaceAll("'", '"')) ?? unquote(text);
  return unquote(text);
}

/** `name plugin service=NAME key=value …`; what has spaces in double quotes. */
export function parseStoreLine(line: string): Parsed<StoreAnswer> {
  const all = words(line);
  if (all === null) return fail('A double quote is not closed. Inside quotes, write a quote as \\".');
  const [name, plugin, ...rest] = all;
  if (name === undefined || plugin === undefined) return fail('Type a name and a plugin, such as: redis1 redis service=redis1');
  let service: string | undefined;
  const settings: Record<string, unknown> = {};
  for (const token of rest) {
    const at = token.indexOf('=');
    if (at < 1) return fail(`"${token}" must be service=NAME or a setting such as prefix=campus_`);
    const key = token.slice(0, at);
    if (key === 'service' ? service !== undefined : Object.hasOwn(settings, key)) return fail(`${key} is given twice.`);
    if (key === 'service') service = unquote(token.slice(at + 1));
    else settings[key] = settingValue(token.slice(at + 1));
  }
  const store = {
    name: unquote(name),
    plugin: unquote(plugin),
    ...(service === undefined ? {} : { service }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  } as StoreAnswer;
  return { ok: true, value: store };
}

/** In quotes where it would not be read back as the same text. */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) || settingValue(text) !== text ? JSON.stringify(text) : text;
}

/** The line that `parseStoreLine` reads back to the same store. */
export function formatStore(store: StoreAnswer): string {
  const settings = Object.entries(store.settings ?? {}).map(([k, v]) => `${k}=${typeof v === 'string' ? quoted(v) : JSON.stringify(v)}`);
  const name = store.name.includes(' ') ? JSON.stringify(store.name) : store.name;
  return [name, store.plugin, ...(store.service === undefined ? [] : [`service=${store.service}`]), ...settings].join(' ');
}
