/** Secrets never reach a log, a journal, argv, JSON or a screen: they travel as `Secret` and output passes the redactor. */

import { inspect } from 'node:util';

const MASK = '[hidden]';
/** Shorter values would mask ordinary text, so they cannot be masked; no source of secrets may give one. */
export const MIN_SECRET_LENGTH = 4;

/** A secret value whose every printed form is masked; only `reveal()` gives it. */
export class Secret {
  readonly #value: string;
  readonly name: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  /** The value itself: for stdin of a process or the content of the one file that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** A value as it may stand in output: as it is, base64, or quoted for JSON, sh, PHP, a URL or redis.conf. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const redis = [...bytes].map((b) => (b > 0x7e ? `\\x${b.toString(16)}` : String.fromCharCode(b).replace(/["\\]/, '\\$&'))).join('');
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "'\\''"),
    value.replace(/['\\]/g, '\\$&'),
    encodeURIComponent(value),
    redis,
    bytes.toString('base64'),
  ];
}

/** Replaces every registered secret's value in text, in all these forms. */
export class Redactor {
  readonly #needles = new Set<string>();

  /** Registers a value. Values shorter than MIN_SECRET_LENGTH are not registered. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH) return;
    for (const form of formsOf(value)) this.#needles.add(form);
  }

  redact(text: string): string {
    let out = text;
    for (const needle of [...this.#needles].sort((a, b) => b.length - a.length)) out = out.replaceAll(needle, MASK);
    return out;
  }

  /** The same over every string of a JSON-like value. */
  redactValue<T>(value: T): T {
    return this.#needles.size === 0 ? value : (JSON.parse(JSON.stringify(value, (_k, v) => (typeof v === 'string' ? this.redact(v) : v))) as T);
  }
}
