/** One shared resource that can be lost: opened once, and opened again once, by the first caller that finds it lost. */

export interface SingleFlight<T> {
  /** The living one, or a new one that all who ask meanwhile share. @throws what opening throws, and Error once it is closed */
  current(): Promise<T>;
  /** No other is opened after this. Gives back the one that was open, or null. */
  close(): Promise<T | null>;
}

/** @param first the one that is being opened already */
export function singleFlight<T>(first: Promise<T>, open: () => Promise<T>, isLost: (one: T) => boolean): SingleFlight<T> {
  let live = first;
  let closed = false;
  return {
    async current() {
      const seen = live;
      const one = await seen.catch(() => null);
      if (closed) throw new Error('the connection has been closed');
      if (one !== null && !isLost(one)) return one;
      // Somebody who waited for the same loss may have begun already.
      if (live === seen) live = open();
      return live;
    },
    async close() {
      closed = true;
      return live.catch(() => null);
    },
  };
}
