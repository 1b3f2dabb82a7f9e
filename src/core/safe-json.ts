/** JSON that is the same data and holds no character that a terminal acts on or does not show. Pure. */

const RAW =
  /[\u007f-\u009f\u2028\u2029]|[\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u206f\u3164\uffa0\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e0fff}]/gu;

const escaped = (found: string) => [...Array(found.length).keys()].map((i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** As JSON.stringify, with all else that is not to be seen raw as `\uXXXX`; `text` changes every string value before. */
export function safeJson(value: unknown, options: { readonly indent?: number; readonly text?: (text: string) => string } = {}): string {
  const { text, indent } = options;
  const json = JSON.stringify(value, text ? (_key, v: unknown) => (typeof v === 'string' ? text(v) : v) : undefined, indent) ?? 'null';
  return json.replace(RAW, escaped);
}
