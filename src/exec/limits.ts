/** How much output a command may print before it is stopped: a node must not fill this machine's memory. Bytes, for stdout and stderr each. */

const MIB = 1024 * 1024;

export const OUTPUT = {
  /** Unless a command says otherwise: most answer a few lines. */
  any: 1 * MIB,
  /** Package managers, and files of the site record. */
  large: 32 * MIB,
  /** The survey of one node. */
  survey: 16 * MIB,
  /** Answers of Moodle that carry the MUC file. */
  muc: 16 * MIB,
  /** Every other answer of Moodle and of the probes. */
  answer: 8 * MIB,
} as const;

/** What stands before a command's own output (banners, start-up files): kept for the error text, and the most that is read of it. */
export const NOISE = { kept: 64 * 1024, most: 4 * MIB } as const;

/** The longest line that is reported while a command runs; the rest of a longer one is dropped. Characters. */
export const LONGEST_LINE = 64 * 1024;

/** Lines of a stream that are reported while a command runs; the result still holds what comes after them. */
export const MOST_LINES = 100_000;

/** `16 MiB`, `64 KiB`. */
export function sizeText(bytes: number): string {
  return bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${Math.round(bytes / 1024)} KiB`;
}
