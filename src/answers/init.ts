/** The example that `answers init` prints: every key that most clusters need, with its help from the schema. */

import { Document, isMap, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml';
import { describeKey } from './keys.js';
import type { Answers } from './schema.js';
import type { Path } from './source.js';

const EXAMPLE: Answers = {
  version: 1,
  cluster: 'campus',
  moodle: { dirroot: '/var/www/moodle' },
  ssh: { user: 'deploy', hostKeys: 'known_hosts', sudo: 'auto' },
  nodes: [
    { name: 'main', host: 'local', roles: ['main', 'web', 'cron'] },
    { name: 'web1', host: '10.0.0.21', roles: ['web'] },
    { name: 'cache1', host: '10.0.0.41', roles: ['cache'] },
  ],
  needs: { users: 2000, sharedDisk: 'measure', aim: 'balanced' },
  services: [{ name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '512M', password: 'secret:redisPassword' }],
  modules: { install: true },
  stores: 'auto',
  mappings: { base: 'auto' },
  secrets: { redisPassword: 'env:REDIS_PASSWORD' },
};

/** Comments each key at its first occurrence; entries of a list get no comments again. */
function commentTree(map: YAMLMap, path: Path, commented: Set<string>): void {
  for (const [index, pair] of map.items.entries()) {
    const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const at = [...path, name];
    const id = at.filter((p) => typeof p === 'string').join('.');
    const help = commented.has(id) ? undefined : describeKey(at);
    commented.add(id);
    const key = new Scalar(name);
    pair.key = key;
    if (help !== undefined) key.commentBefore = ` ${help}`;
    if (path.length === 0 && index > 0) key.spaceBefore = true;
    if (isMap(pair.value)) commentTree(pair.value, at, commented);
    if (isSeq(pair.value)) {
      for (const item of pair.value.items) {
        if (isMap(item)) commentTree(item, [...at, 0], commented);
        else pair.value.flow = true;
      }
    }
  }
}

/** A commented example to start from; it is valid as it stands. */
export function initAnswers(): string {
  const doc = new Document(EXAMPLE, { aliasDuplicateObjects: false });
  doc.commentBefore =
    ' Answers for moodle-cluster-wizard. Change the values, delete what does not apply.\n Check with: moodle-cluster-wizard answers check FILE';
  if (isMap(doc.contents)) commentTree(doc.contents, [], new Set());
  return doc.toString({ lineWidth: 0, indentSeq: true });
}
