/**
 * Files that version 0.1.0 wrote or accepted keep working: answers, plans for approval, and what the wizard finds of an unfinished run.
 * The files in the folder of this name were written by that version and are never edited; `every-key.yaml` was accepted by it.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonSchema } from '../../../src/answers/keys.js';
import { loadAnswers, loadDraft } from '../../../src/answers/load.js';
import { saveAnswers } from '../../../src/answers/save.js';
import { readPlan } from '../../../src/app/output.js';
import { findUnfinished } from '../../../src/app/unfinished.js';
import { guardOf } from '../../../src/engine/guards.js';
import { sameStage } from '../../../src/engine/run/planner.js';
import { renderPlan } from '../../../src/ui/text/render-plan.js';
import { renderReport } from '../../../src/ui/text/render-report.js';
import { CACHES } from '../../../steps/caches/titles.js';

const FOLDER = join(import.meta.dirname, 'version-0.1.0');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
}

/** Where `now` refuses what `before` accepted; nothing when it accepts at least as much. */
function narrower(before: Schema, now: Schema, at = ''): readonly string[] {
  if (now.anyOf !== undefined && before.anyOf === undefined)
    return now.anyOf.some((one) => narrower(before, one, at).length === 0) ? [] : [`${at}: no such alternative`];
  if (before.anyOf !== undefined) return before.anyOf.flatMap((one, i) => narrower(one, now.anyOf === undefined ? now : { anyOf: now.anyOf }, `${at}|${i}`));
  const found: string[] = [];
  for (const key of ['type', 'const', 'pattern', 'additionalProperties'] as const)
    if (now[key] !== undefined && JSON.stringify(now[key]) !== JSON.stringify(before[key]) && typeof before[key] !== 'object')
      found.push(`${at}: ${key} is ${String(now[key])}, was ${String(before[key])}`);
  for (const [key, worse] of [
    ['minimum', 1],
    ['minLength', 1],
    ['minItems', 1],
    ['maximum', -1],
    ['maxLength', -1],
    ['maxItems', -1],
  ] as const) {
    const [was, is] = [before[key], now[key]].map((v) => (v === undefined ? -worse * Number.POSITIVE_INFINITY : Number(v)));
    if (((is ?? 0) - (was ?? 0)) * worse > 0) found.push(`${at}: ${key} is ${is}, was ${was}`);
  }
  for (const value of now.enum === undefined ? [] : (before.enum ?? ['anything']))
    if (!now.enum?.includes(value)) found.push(`${at}: ${String(value)} is refused`);
  for (const key of now.required ?? []) if (!before.required?.includes(key)) found.push(`${at}.${key} is required`);
  for (const [key, schema] of Object.entries(before.properties ?? {})) {
    const same = now.properties?.[key];
    found.push(...(same === undefined ? [`${at}.${key} is missing`] : narrower(schema, same, `${at}.${key}`)));
  }
  for (const key of ['items', 'propertyNames', 'additionalProperties'] as const)
    if (typeof before[key] === 'object' && typeof now[key] === 'object') found.push(...narrower(before[key] as Schema, now[key] as Schema, `${at}.${key}`));
  return found;
}

/** Paths of all keys of a schema or of answers; list items and free names count as `*`. */
function keysOf(value: unknown, free: (path: string) => boolean, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item, free, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = free(path) ? `${path}.*` : `${path}.${key}`;
    return [at, ...keysOf(inner, free, at)];
  });
}

function schemaKeys(schema: Schema, path = ''): readonly string[] {
  const inner = [schema['items'], ...(schema.anyOf ?? [])].flatMap((one) => (typeof one === 'object' ? schemaKeys(one as Schema, path) : []));
  const free = typeof schema['additionalProperties'] === 'object' ? [`${path}.*`, ...schemaKeys(schema['additionalProperties'] as Schema, `${path}.*`)] : [];
  return [...inner, ...free, ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => [`${path}.${key}`, ...schemaKeys(one, `${path}.${key}`)])];
}

describe('answers files', () => {
  const ANSWERS = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

  it.each([...ANSWERS, 'unfinished/answers.yaml'])('%s is read, and saved as the same answers', (name) => {
    const { answers } = loadAnswers(read(name), name);
    expect(loadAnswers(saveAnswers(answers), name).answers).toEqual(answers);
    expect(loadDraft(read(name), name)).toMatchObject({ version: 1, cluster: answers.cluster });
  });

  it('have no key that none of these files uses', () => {
    const free = (path: string) => ['.stores.settings', '.mappings.definitions', '.secrets'].includes(path);
    const { answers } = loadAnswers(read('every-key.yaml'), 'every-key.yaml');
    const used = new Set(keysOf(answers, free));
    const known = schemaKeys(JSON.parse(read('answers-schema.json')) as Schema);
    expect(known.length).toBeGreaterThan(60);
    expect(known.filter((key) => !used.has(key))).toEqual([]);
  });

  it('may say everything that they could say', () => {
    expect(narrower(JSON.parse(read('answers-schema.json')) as Schema, jsonSchema() as Schema)).toEqual([]);
  });

  it('would be noticed to say less: a key that is missing, required or stricter', () => {
    const before = JSON.parse(read('answers-schema.json')) as Schema;
    const changed = (from: string, to: string) => narrower(before, JSON.parse(read('answers-schema.json').replace(from, to)) as Schema);
    expect(changed('"maxLength": 60', '"maxLength": 59')).toEqual(['.cluster: maxLength is 59, was 60']);
    expect(changed('"identityFile"', '"keyFile"')).toEqual(['.ssh.identityFile is missing']);
    expect(changed('"few-changes",', '')).toEqual(['.needs.aim: few-changes is refused']);
    expect(changed('"nodes"\n  ]', '"nodes", "needs"]')).toEqual(['.needs is required']);
  });

  it.each([
    ['ssh: {sudo: none}', true],
    ['ssh: {sudo: {password: "secret:p"}}\nsecrets: {p: "env:P"}', true],
    ['needs: {sharedDisk: slow, aim: fastest}', true],
    ['needs: {sharedDisk: fast, aim: few-changes}', true],
    ['modules: {install: true}', true],
    ['modules: {install: false}', true],
    ['modules: {install: check}', true],
    ['stores: auto\nmappings: {base: auto}', true],
    ['services: [{name: r, plugin: redis, node: cache1, manage: true, network: open}]', true],
    ['services: [{name: r, plugin: redis, address: "r.example.org:6379", tls: false}]', true],
    ['services: [{name: r, plugin: redis, address: "r.example.org:6379", tls: {verify: none}}]', true],
    ['services: [{name: r, plugin: redis, node: cache1, manage: true, placement: shared}]', true],
    ['unknown: 1', false],
  ])('with %j are accepted: %s', (more, accepted) => {
    const nodes = ['main, host: local, roles: [main, web, cron]', 'web1, host: web1, roles: [web]', 'cache1, host: c, roles: [cache]'];
    const text = `version: 1\ncluster: x\nmoodle: {dirroot: /m}\nnodes:\n${nodes.map((node) => `  - {name: ${node}}\n`).join('')}${more}\n`;
    const load = () => loadAnswers(text, 'x.yaml');
    if (accepted) expect(load).not.toThrow();
    else expect(load).toThrow('unknown');
  });
});

describe('on disk', () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'mcw-0.1.0-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const put = (name: string, text: string) => {
    const path = join(scratch, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  it('a plan of `plan --out` is read, compared and shown', () => {
    const plan = readPlan(put('plan.json', read('plan.json')));
    expect(plan.stages.map((stage) => stage.stage)).toEqual(['services', 'modules', 'muc']);
    for (const stage of plan.stages) expect(sameStage(stage, stage, guardOf(CACHES, stage.stage))).toBe(true);
    const text = [...renderReport(plan), ...renderPlan(plan)].join(' ').replaceAll(/\s+/g, ' ');
    const notices = plan.stages.flatMap(({ changes }) => changes).filter((change) => change.kind === 'package');
    expect(notices.length).toBeGreaterThan(2);
    for (const change of notices) expect(text).toContain(change.what);
    expect(text).not.toMatch(/undefined|\[object/);
  });

  it('a plan of `plan --out` that was edited is refused', () => {
    const edited = put('plan.json', read('plan.json').replace('"Install redis-server"', '"Install telnet"'));
    expect(() => readPlan(edited)).toThrow('changed after it was created');
  });

  it('an unfinished run is offered with its answers and its journal', async () => {
    const journal = put('runs/journal.jsonl', read('unfinished/journal.jsonl'));
    const { site, id } = JSON.parse(read('unfinished/meta.json')) as { site: string; id: string };
    put(`sites/${site}/site.json`, read('unfinished/site.json'));
    put(`sites/${site}/answers.yaml`, read('unfinished/answers.yaml'));
    put(`sites/${site}/restore-points/${id}/meta.json`, read('unfinished/meta.json').replace('@@journal@@', journal));
    const found = await findUnfinished(join(scratch, 'sites'));
    expect(found).toMatchObject({ run: id, cluster: 'campus', by: 'root@main', here: true, missingSecrets: ['redisPassword'] });
    expect(found?.journal).toHaveLength(read('unfinished/journal.jsonl').trim().split('\n').length);
    expect(found?.answers?.stores).toEqual([
      { name: 'shared', plugin: 'redis', service: 'redis1' },
      { name: 'own', plugin: 'apcu' },
    ]);
  });
});
