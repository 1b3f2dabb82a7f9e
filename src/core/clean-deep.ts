/** Whole values of other machines made safe for a front end: every string in them, so that no renderer can forget one. Pure. */

import { clean, cleanBlock } from './clean.js';
import { asWizardError, WizardError } from './errors.js';
import type { Remedy } from './remedy.js';

/** What may have several lines, and what is more data than text: line breaks stay in it, and a renderer has each line for itself. */
const LINES = new Set(['content', 'diff', 'attachment', 'todo', 'evidence', 'edits', 'facts', 'items', 'targets', 'configuration', 'settings']);
/** What goes back to the engine as it came and is never printed. */
const AS_IT_IS = new Set(['answers', 'secrets']);
const DEPTH_MAX = 64;

type OneText = (text: string) => string;

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function deep(value: unknown, one: OneText, depth: number): unknown {
  if (typeof value === 'string') return one(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof WizardError) return cleanError(value);
  // Nothing of ours is as deep: a value made to exhaust the stack says nothing.
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) {
    const items = value.map((item) => deep(item, one, depth + 1));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  if (!isPlain(value)) return value;
  let same = true;
  const entries = Object.entries(value).map(([key, of]) => {
    const name = clean(key);
    const cleaned = AS_IT_IS.has(key) ? of : deep(of, LINES.has(key) ? cleanBlock : one, depth + 1);
    same &&= name === key && cleaned === of;
    return [name, cleaned] as const;
  });
  return same ? value : Object.fromEntries(entries);
}

/** The same value with every string in it safe to print: one line each but for what has lines by its nature. Clean values come back themselves. */
export function cleanDeep<T>(value: T): T {
  return deep(value, clean, 0) as T;
}

/** An error with all it says made safe to print; its cause stays for the log. */
export function cleanError(error: WizardError): WizardError {
  const message = clean(error.message);
  const parts = {
    nodes: cleanDeep(error.nodes),
    evidence: cleanDeep({ evidence: error.evidence }).evidence,
    remedies: deep(error.remedies, cleanBlock, 0) as readonly Remedy[],
    others: cleanDeep(error.others),
    step: error.step === undefined ? undefined : clean(error.step),
    attachment: error.attachment === undefined ? undefined : cleanBlock(error.attachment),
  };
  const same = message === error.message && Object.entries(parts).every(([name, part]) => part === error[name as keyof typeof parts]);
  if (same) return error;
  const { step, attachment, ...lists } = parts;
  return new WizardError(error.code, message, {
    ...lists,
    cause: error.cause,
    outcome: error.outcome,
    ...(step === undefined ? {} : { step }),
    ...(attachment === undefined ? {} : { attachment }),
  });
}

/** Anything thrown, as an error that is safe to print. */
export function printableError(thrown: unknown): WizardError {
  return cleanError(asWizardError(thrown));
}
