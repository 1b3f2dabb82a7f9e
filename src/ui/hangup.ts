/** A terminal that goes away: how that is detected, and how the process then ends. */

import { isatty } from 'node:tty';

/** Standard streams that were a terminal at the start. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/** Calls back when standard input ends, as that of a lost terminal does, often before the signal comes. @returns a function that stops it */
export function onTerminalLost(listener: () => void): () => void {
  const { stdin } = process;
  stdin.on('end', listener).on('close', listener);
  return () => void stdin.off('end', listener).off('close', listener);
}

/**
 * Ends the process as the hangup itself would when its terminal is gone; does nothing otherwise. Node puts the terminal's settings
 * back at its exit and aborts, with a core dump, where there is none any more; a death by signal is 129 to a shell all the same.
 */
export function dieWithTerminal(): void {
  if (terminals.every((fd) => isatty(fd))) return;
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
