/** JSON that is the same data and holds no character that a terminal acts on or does not show. Pure. */

import { UNSEEN } from './clean.js';

const RAW = new RegExp(UNSEEN, 'gu');

const escaped = (found: string) => [...Array(found.length).keys()].map((i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** As JSON.stringify, with all else that is not to be seen raw as `\uXXXX`; `text` changes every string value before. */
export function safeJson(value: unknown, options: { readonly indent?: number; readonly text?: (text: string) => string } = {}): string {
  const { text, indent } = options;
  const json = JSON.stringify(value, text ? (_key, v: unknown) => (typeof v === 'string' ? text(v) : v) : undefined, indent) ?? 'null';
  return json.replace(RAW, (found) => (found === '\n' ? found : escaped(found)));
}
