/** Milliseconds that only ever go forward: waits are counted by them, since a wall clock may be set in the middle. */
export const ticks = (): number => performance.now();
