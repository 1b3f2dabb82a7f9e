/** The answers while they are being given: plain data, read and set by the dotted paths of the answers file. */

import type { NodeAnswer } from './schema.js';

export type Draft = Readonly<Record<string, unknown>>;

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** The value at a path such as `services.0.port`; undefined when there is none. */
export function getAt(draft: unknown, path: string): unknown {
  let value: unknown = draft;
  for (const part of path.split('.')) {
    if (!isContainer(value)) return undefined;
    value = Array.isArray(value) ? value[Number(part)] : Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

function setIn(value: unknown, parts: readonly string[], next: unknown): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return next;
  const index = /^\d+$/.test(part);
  if (index || Array.isArray(value)) {
    const list = Array.isArray(value) ? [...value] : [];
    const inner = setIn(list[Number(part)], rest, next);
    if (inner === undefined) list.splice(Number(part), 1);
    else list[Number(part)] = inner;
    return list;
  }
  const copy: Record<string, unknown> = isContainer(value) ? { ...(value as Record<string, unknown>) } : {};
  const inner = setIn(copy[part], rest, next);
  if (inner === undefined) delete copy[part];
  else copy[part] = inner;
  return copy;
}

/** A copy with the value at a path set; undefined removes it (in a list, the later entries move up). */
export function setAt(draft: Draft, path: string, value: unknown): Draft {
  return setIn(draft, path.split('.'), value) as Draft;
}

/** The draft without the empty parts that removed answers leave, as it is saved and passed to the app. */
export function tidy(draft: Draft): Draft {
  const prune = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(prune).filter((v) => v !== undefined);
    if (!isContainer(value)) return value;
    const entries = Object.entries(value)
      .map(([k, v]) => [k, prune(v)] as const)
      .filter(([, v]) => v !== undefined && !(isContainer(v) && !Array.isArray(v) && Object.keys(v).length === 0));
    return Object.fromEntries(entries);
  };
  return prune(draft) as Draft;
}

/** The list at a path; empty when there is none. */
export function listAt<T>(draft: Draft, path: string): readonly T[] {
  const value = getAt(draft, path);
  return Array.isArray(value) ? (value as T[]) : [];
}

/** The nodes as answered so far. */
export const nodesOf = (draft: Draft): readonly NodeAnswer[] => listAt<NodeAnswer>(draft, 'nodes');
