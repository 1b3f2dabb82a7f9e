/** A limit of hosts at once: never more, in order, and a host that is worked on is never kept waiting by others. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { gated, HostGate } from '../../../src/exec/host-gate.js';
import { executorOpener } from '../../../src/exec/open.js';
import { clusterNode } from '../survey/world.js';

const pause = () => new Promise((resolve) => setImmediate(resolve));

describe('a gate for hosts', () => {
  it('never lets in more hosts than its limit, and all of them in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), async (limit, hosts) => {
        const gate = new HostGate(limit);
        const active = new Map<number, number>();
        let most = 0;
        await Promise.all(
          hosts.map((host) =>
            gate.run(String(host), async () => {
              active.set(host, (active.get(host) ?? 0) + 1);
              most = Math.max(most, [...active.values()].filter((n) => n > 0).length);
              await pause();
              active.set(host, (active.get(host) ?? 1) - 1);
            }),
          ),
        );
        expect(most).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 60 },
    );
  });

  it('lets 500 handshakes through 30 at a time', async () => {
    const gate = new HostGate(30);
    let open = 0;
    let most = 0;
    const connect = async () => {
      open += 1;
      most = Math.max(most, open);
      await pause();
      open -= 1;
    };
    await Promise.all(Array.from({ length: 500 }, (_, i) => gate.run(`n${i}`, connect)));
    expect(most).toBe(30);
  });

  it('gives the place of work that failed to the next', async () => {
    const gate = new HostGate(1);
    const failing = gate.run('a', () => Promise.reject(new Error('no')));
    const next = gate.run('b', async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  it('lets through what must run on all hosts together, and a second command of a host', async () => {
    const gate = new HostGate(1);
    let release = (_value: string): void => {};
    const held = gate.run(
      'main',
      () =>
        new Promise<string>((resolve) => {
          release = resolve;
        }),
    );
    const on = (name: string) => gated(fakeExecutor(clusterNode(name, ['web']), [{ when: 'x', answer: { stdout: name } }]), gate);
    expect((await on('main').run({ argv: ['x'] })).stdout).toBe('main');
    expect((await on('web1').run({ argv: ['x'] }, { together: true })).stdout).toBe('web1');
    const waits = on('web1').run({ argv: ['x'] });
    expect(await Promise.race([waits.then(() => 'ran'), pause().then(() => 'waits')])).toBe('waits');
    release('first');
    await held;
    expect((await waits).stdout).toBe('web1');
  });

  it('refuses a limit that lets nobody in', () => {
    expect(() => new HostGate(0)).toThrow(RangeError);
    expect(executorOpener).toBeTypeOf('function');
  });
});
