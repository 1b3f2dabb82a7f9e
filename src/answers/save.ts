/** Answers as a file: short comments from the schema, sources of secrets but never their values. */

import { Document, isMap, isScalar, Scalar, type YAMLMap } from 'yaml';
import { describeKey } from './keys.js';
import type { Answers } from './schema.js';

const HEAD = ` Answers for moodle-cluster-wizard. Check with: moodle-cluster-wizard answers check FILE
 This file names secrets and never contains their values.`;

/** Groups whose keys get comments too; in lists the comments would repeat. */
const COMMENTED: readonly string[] = ['moodle', 'ssh', 'needs', 'modules', 'mappings', 'remove'];

function keyName(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function commentKeys(map: YAMLMap, path: readonly string[]): void {
  for (const [index, pair] of map.items.entries()) {
    const name = keyName(pair.key);
    const help = describeKey([...path, name]);
    const key = isScalar(pair.key) ? pair.key : new Scalar(name);
    pair.key = key;
    if (help !== undefined) key.commentBefore = ` ${help}`;
    if (path.length === 0 && index > 0) key.spaceBefore = true;
    if (path.length === 0 && COMMENTED.includes(name) && isMap(pair.value)) commentKeys(pair.value, [name]);
  }
}

/** Order of the top-level keys: that of the schema, so that a saved file reads like the guide. */
const ORDER: readonly (keyof Answers)[] = [
  'version',
  'cluster',
  'track',
  'moodle',
  'ssh',
  'nodes',
  'needs',
  'services',
  'modules',
  'stores',
  'mappings',
  'remove',
  'secrets',
];

function document(answers: Answers): Document {
  // Parts that further tracks bring along come after those that every cluster has, before the secrets.
  const [secrets, ...order] = [...ORDER].reverse();
  const others = Object.keys(answers).filter((k) => !ORDER.includes(k as keyof Answers));
  const keys = [...order.reverse(), ...others, secrets ?? ''] as (keyof Answers)[];
  const ordered = Object.fromEntries(keys.filter((k) => answers[k] !== undefined).map((k) => [k, answers[k]]));
  const doc = new Document(ordered, { aliasDuplicateObjects: false });
  doc.commentBefore = HEAD;
  return doc;
}

/** YAML that `loadAnswers` reads back as the same answers. */
export function saveAnswers(answers: Answers): string {
  const doc = document(answers);
  if (isMap(doc.contents)) commentKeys(doc.contents, []);
  return doc.toString({ lineWidth: 0, indentSeq: true });
}
