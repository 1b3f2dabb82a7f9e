/** What the tests of memcached and MongoDB share: memcached asked by its protocol, the order of a run, the states that must hold. */

import { expect } from 'vitest';
import type { Lab, LabHost } from '../lab/index.js';
import { mucState, pageStatus, told, type WizardRun, wizard } from './support.js';

export const ANSWERS = ['--answers', '/root/answers.yaml'] as const;

/** A conversation with a memcached, held on a host: what it answers to these lines. */
export async function askMemcached(host: LabHost, address: string, port: number, lines: readonly string[]): Promise<string> {
  const talk = 'exec 3<>"/dev/tcp/$0/$1"; cat >&3; timeout 20 cat <&3';
  return host.must(['bash', '-c', talk, address, String(port)], { stdin: `${[...lines, 'quit'].join('\r\n')}\r\n` });
}

/** A counter of `stats`. */
export async function memcachedCounter(host: LabHost, address: string, port: number, name: string): Promise<number> {
  const value = new RegExp(`^STAT ${name} (\\d+)`, 'm').exec(await askMemcached(host, address, port, ['stats']))?.[1];
  if (value === undefined) throw new Error(`${address}:${port} tells no ${name}`);
  return Number(value);
}

/** Every store instance is proven on every node in both SAPIs; nothing failed. */
export function expectProven(run: WizardRun, nodes: readonly string[], stores: readonly string[]): void {
  const checks = run.json['checks'] as readonly { node: string; subject: string; store?: string; status: string }[];
  for (const node of nodes) {
    for (const store of stores) {
      for (const sapi of ['web SAPI', 'CLI']) {
        const cell = checks.filter((c) => c.node === node && c.store === store && c.subject.includes(sapi));
        expect(
          cell.map((c) => c.status),
          `${store} on ${node} in ${sapi}`,
        ).toContain('passed');
      }
    }
  }
  expect(checks.filter((c) => c.status !== 'passed')).toEqual([]);
}

/** Changes of the newest run as they began and ended, from its journal. */
export async function runOrder(lab: Lab): Promise<readonly { readonly ev: string; readonly change: string }[]> {
  const text = await lab.hosts.main.must('cat "$(ls -td /root/.local/state/moodle-cluster-wizard/runs/*/ | head -1)journal.jsonl"');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { ev: string; change?: string })
    .flatMap(({ ev, change }) => (change !== undefined && /^change\.(begin|done)$/.test(ev) ? [{ ev, change }] : []));
}

/** Packages of PHP came to one node after the other: a node begins only when the one before was found good. */
export function expectOneNodeAtATime(order: readonly { readonly ev: string; readonly change: string }[], nodes: readonly string[]): void {
  const steps = order.filter(({ change }) => /^(package|php-ready):/.test(change) && nodes.includes(change.split(':')[1] ?? ''));
  const seen = steps.map(({ ev, change }) => `${ev} ${change.split(':').slice(0, 2).join(':')}`);
  const began = seen.filter((s) => s.startsWith('change.begin package:')).map((s) => s.slice('change.begin package:'.length));
  expect([...began].sort()).toEqual([...nodes].sort());
  expect(seen).toEqual(
    began.flatMap((n) => [`change.begin package:${n}`, `change.done package:${n}`, `change.begin php-ready:${n}`, `change.done php-ready:${n}`]),
  );
}

/** The same answers again find nothing to do, and leave the file as it is, byte for byte. */
export async function expectNothingToDo(lab: Lab, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const before = await mucState(lab);
  const again = await wizard(lab, ['apply', ...ANSWERS, '--yes'], env);
  expect(again.code, told(again)).toBe(0);
  expect(again.json['outcome']).toBe('unchanged');
  const plan = await wizard(lab, ['plan', ...ANSWERS], env);
  expect(plan.code, told(plan)).toBe(0);
  const verify = await wizard(lab, ['verify', ...ANSWERS], env);
  expect(verify.code, told(verify)).toBe(0);
  expect(await mucState(lab)).toBe(before);
}

/** Rolls back the newest run, or what `which` says; the MUC file is as given, with owner and mode. */
export async function expectRollback(lab: Lab, state: string, nodes: readonly string[], which: readonly string[] = []): Promise<void> {
  const run = await wizard(lab, ['rollback', ...which, '--yes']);
  expect(run.code, told(run)).toBe(0);
  expect(await mucState(lab)).toBe(state);
  for (const node of nodes) expect(await pageStatus(lab, node)).toBe('200');
}

export async function expectNothingToRollBack(lab: Lab): Promise<void> {
  const run = await wizard(lab, ['rollback', '--yes']);
  expect(run.code, told(run)).toBe(0);
  expect(run.json['message']).toBe('Nothing to roll back.');
}
