/** The readable parts of an answers file that has problems, so that all of them can be reported together. */

import type { Path } from './source.js';

export interface NodeView {
  readonly path: Path;
  readonly name: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly roles: readonly string[];
  readonly state: string | undefined;
  readonly reason: string | undefined;
  readonly sudo: unknown;
}

export interface Group {
  readonly path: Path;
  readonly keys: Readonly<Record<string, unknown>>;
}

export interface View {
  readonly nodes: readonly NodeView[];
  readonly services: readonly Group[];
  /** undefined when stores is `auto` or absent. */
  readonly stores: readonly Group[] | undefined;
  readonly mappings: { readonly modes: Group; readonly definitions: Group; readonly path: Path };
  readonly remove: { readonly stores: readonly string[]; readonly mappings: readonly string[] };
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly sudo: unknown;
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function texts(value: unknown): readonly string[] {
  return list(value).filter((v): v is string => typeof v === 'string');
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function groups(value: unknown, at: string): readonly Group[] {
  return list(value).map((item, index) => ({ path: [at, index], keys: record(item) }));
}

/** A tolerant view of the parsed YAML: a value of the wrong type counts as absent. */
export function viewOf(value: unknown): View {
  const root = record(value);
  const mappings = record(root['mappings']);
  const remove = record(root['remove']);
  return {
    nodes: list(root['nodes']).map((item, index) => {
      const node = record(item);
      const ssh = record(node['ssh']);
      return {
        path: ['nodes', index],
        name: text(node['name']),
        host: text(node['host']),
        port: number(ssh['port']),
        roles: texts(node['roles']),
        state: text(node['state']),
        reason: text(node['reason']),
        sudo: ssh['sudo'],
      };
    }),
    services: groups(root['services'], 'services'),
    stores: Array.isArray(root['stores']) ? groups(root['stores'], 'stores') : undefined,
    mappings: {
      path: ['mappings'],
      modes: { path: ['mappings', 'modes'], keys: record(mappings['modes']) },
      definitions: { path: ['mappings', 'definitions'], keys: record(mappings['definitions']) },
    },
    remove: { stores: texts(remove['stores']), mappings: texts(remove['mappings']) },
    secrets: record(root['secrets']),
    sudo: record(root['ssh'])['sudo'],
  };
}
