/** Milliseconds of a clock that never goes back. Timeouts are measured with it, because the wall clock can be changed while the wizard waits. */
export const monotonicMs = (): number => performance.now();
