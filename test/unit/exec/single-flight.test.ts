/** A link that many commands share: after a loss it is opened once, not once for each of them. */

import { describe, expect, it } from 'vitest';
import { singleFlight } from '../../../src/exec/single-flight.js';

interface FakeLink {
  readonly id: number;
  lost: boolean;
}

function links(fails: readonly number[] = []) {
  const opened: FakeLink[] = [];
  const open = async (): Promise<FakeLink> => {
    const link = { id: opened.length + 1, lost: false };
    opened.push(link);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fails.includes(link.id)) throw new Error(`link ${link.id} cannot be opened`);
    return link;
  };
  return { opened, flight: singleFlight(open(), open, (link) => link.lost) };
}

describe('a shared link', () => {
  it('is opened once for any number of commands after a loss', async () => {
    const { opened, flight } = links();
    const first = await flight.current();
    first.lost = true;
    const all = await Promise.all(Array.from({ length: 20 }, () => flight.current()));
    expect(new Set(all.map((l) => l.id))).toEqual(new Set([2]));
    expect(opened).toHaveLength(2);
  });

  it('that cannot be opened again fails all who wait for it, and is tried again by the next command', async () => {
    const { opened, flight } = links([2]);
    (await flight.current()).lost = true;
    const all = await Promise.allSettled([flight.current(), flight.current(), flight.current()]);
    expect(all.map((r) => r.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(opened).toHaveLength(2);
    expect((await flight.current()).id).toBe(3);
  });

  it('is closed with the link that is being opened just then, and none is opened after', async () => {
    const { opened, flight } = links();
    (await flight.current()).lost = true;
    const again = flight.current();
    // Until the loss is seen and the second link is on its way.
    while (opened.length < 2) await Promise.resolve();
    const closed = await flight.close();
    expect(closed?.id).toBe(2);
    await again;
    await expect(flight.current()).rejects.toThrow('closed');
    expect(opened).toHaveLength(2);
  });
});
