/** The keys of the schema at a path, and their help texts: one source for suggestions, comments and documentation. */

import * as z from 'zod';
import { answersSchema } from './schema.js';
import type { Path } from './source.js';

let made: Readonly<Record<string, unknown>> | undefined;

/** The JSON Schema of answers files, for editors and other tools. */
export function jsonSchema(): Record<string, unknown> {
  // Built once: every comment and suggestion reads it.
  made ??= z.toJSONSchema(answersSchema, { target: 'draft-2020-12', io: 'input' }) as Record<string, unknown>;
  return {
    ...made,
    title: 'moodle-cluster-wizard answers',
    description: 'Answers for moodle-cluster-wizard: a cluster, its cache services, stores and mappings.',
  };
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly description?: string;
}

function child(node: SchemaNode, part: string | number): SchemaNode | undefined {
  for (const one of [node, ...(node.anyOf ?? [])]) {
    if (typeof part === 'number' && one.items) return one.items;
    if (one.properties && Object.hasOwn(one.properties, part)) return one.properties[part];
    if (typeof part === 'string' && typeof one.additionalProperties === 'object') return one.additionalProperties;
  }
  return undefined;
}

function nodeAt(path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = jsonSchema();
  for (const part of path) node = node && child(node, part);
  return node;
}

/** Keys that may stand at a path; [] where there are none or they are free. */
export function knownKeys(path: Path): readonly string[] {
  const node = nodeAt(path);
  return [node, ...(node?.anyOf ?? [])].flatMap((n) => Object.keys(n?.properties ?? {}));
}

/** The help text of a key, or undefined. */
export function describeKey(path: Path): string | undefined {
  return nodeAt(path)?.description;
}
