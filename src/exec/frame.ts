/** Marks the output of one command so that start-up files, banners and login shells cannot be mistaken for it. */

import { randomBytes } from 'node:crypto';
import { ByteStore } from './byte-store.js';
import { NOISE, OUTPUT } from './limits.js';
import { LineSplitter } from './line-splitter.js';
import { command, type Script } from './shell.js';

export interface Frame {
  /** POSIX sh source that runs the command between its marks. */
  readonly script: Script;
  /** Followed by the process id of the shell that runs the command. It stands in the script, so everybody on the machine can read it there. */
  readonly begin: string;
  /** Followed by the exit code. Made of the key, so that nobody can print it for the command. */
  readonly end: string;
  /** First line of standard input for the script itself, in no list of processes. */
  readonly key: string;
  /** Line after which standard input is the script's: the key, then the command's input. What stands before it is dropped. Null when input is not shared. */
  readonly sync: string | null;
}

export interface FrameOptions {
  /** False: the command reads /dev/null. */
  readonly stdin: boolean;
  /** True: input may begin with lines that are not the command's (an unread password). */
  readonly shared: boolean;
}

const word = (): string => randomBytes(12).toString('hex');

/**
 * Frames a command with marks no output can hold by chance or on purpose. The mark of its end is no word of the script: a command may print what others
 * than root chose (names of processes, of sockets), and they can read the command line of the shell that runs it.
 */
export function frame(argv: readonly string[], options: FrameOptions, mark = word(), key = word()): Frame {
  const begin = `${mark}:begin:`;
  const sync = options.shared ? `${mark}:input` : null;
  const lines = [
    `printf '%s%s\\n' ${begin} $$ >&2; printf '%s%s\\n' ${begin} $$`,
    ...(sync === null ? [] : [`while IFS= read -r l; do [ "$l" = ${sync} ] && break; done`]),
    // printf is a part of the shell: the key never becomes an argument of a process.
    'IFS= read -r mcw_key || exit 125',
    `${command(argv)}${options.stdin ? '' : ' </dev/null'}`,
    'r=$?',
    `printf '%s:end:%s\\n' "$mcw_key" "$r" >&2; printf '%s:end:%s\\n' "$mcw_key" "$r"`,
  ];
  return { script: lines.join('\n'), begin, end: `${key}:end:`, key, sync };
}

export interface FrameListeners {
  readonly onLine?: ((line: string) => void) | undefined;
  readonly onBegin?: (() => void) | undefined;
  /** More than this inside the marks and the reader is full. Bytes; default `OUTPUT.any`. */
  readonly maxBytes?: number | undefined;
}

/** A number and its newline behind a mark; null: more must come; false: this is no mark of ours. */
function numberAt(text: Buffer, at: number): { readonly value: number; readonly next: number } | null | false {
  const stop = text.indexOf(0x0a, at);
  const digits = text.toString('latin1', at, stop < 0 ? Math.min(text.length, at + 11) : Math.min(stop, at + 11));
  if (stop < 0) return /^\d{0,10}$/.test(digits) ? null : false;
  return /^\d{1,10}$/.test(digits) ? { value: Number(digits), next: stop + 1 } : false;
}

/** Takes one stream apart as it comes: what stands before, inside and after the marks. Its memory is bounded whatever comes. */
export class FrameReader {
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #onBegin: (() => void) | undefined;
  readonly #lines: LineSplitter | null;
  readonly #store: ByteStore;
  #state: 'before' | 'inside' | 'after' = 'before';
  #pending: Buffer = Buffer.alloc(0);
  /** The last part of what came before the mark. */
  readonly #noise = new ByteStore(2 * NOISE.kept);
  #noiseBytes = 0;
  #full: 'noise' | 'output' | null = null;
  #code: number | null = null;
  #pid: number | null = null;

  constructor(of: Frame, on: FrameListeners = {}) {
    this.#begin = Buffer.from(of.begin);
    this.#end = Buffer.from(of.end);
    this.#onBegin = on.onBegin;
    this.#lines = on.onLine ? new LineSplitter(on.onLine) : null;
    this.#store = new ByteStore(on.maxBytes ?? OUTPUT.any);
  }

  get state(): 'before' | 'inside' | 'after' {
    return this.#state;
  }

  /** Exit code that the frame reported; null while the command has not ended. */
  get code(): number | null {
    return this.#code;
  }

  /** Process id of the shell that runs the command; its command line holds the frame's marks. */
  get pid(): number | null {
    return this.#pid;
  }

  /** What there was too much of: before the mark, or inside. What comes after that is dropped. */
  get full(): 'noise' | 'output' | null {
    return this.#full;
  }

  /** The command's own output, all of it; empty once the reader is full. */
  text(): string {
    return this.#store.text();
  }

  /** The last part of what came before the command: banners, sudo's words, a login shell's refusal. */
  noise(): string {
    const rest = this.#state === 'before' ? this.#pending : Buffer.alloc(0);
    return Buffer.concat([this.#noise.tail(4000), rest.subarray(-4000)])
      .toString('utf8')
      .slice(-4000);
  }

  push(chunk: Buffer): void {
    if (this.#state === 'after' || this.#full !== null) return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#state === 'before' && this.#seekBegin());
    while (this.#state === 'inside' && this.#full === null && this.#seekEnd());
    // Never a view into a large chunk: that would hold all of it.
    this.#pending = Buffer.from(this.#pending);
  }

  /** @returns whether to look again: a mark that was none has been passed */
  #seekBegin(): boolean {
    // Noise without a final newline may stand right before the mark, so the mark is sought anywhere.
    const at = this.#pending.indexOf(this.#begin);
    if (at < 0) {
      this.#takeNoise(this.#pending.length - overlap(this.#pending, this.#begin));
      return false;
    }
    const found = numberAt(this.#pending, at + this.#begin.length);
    if (found === null || found === false) {
      this.#takeNoise(found === null ? at : at + this.#begin.length);
      return found === false && this.#full === null;
    }
    this.#takeNoise(at);
    this.#pid = found.value;
    this.#pending = this.#pending.subarray(found.next - at);
    this.#state = 'inside';
    this.#onBegin?.();
    return false;
  }

  #seekEnd(): boolean {
    const at = this.#pending.indexOf(this.#end);
    if (at < 0) {
      this.#take(this.#pending.length - overlap(this.#pending, this.#end));
      return false;
    }
    const found = numberAt(this.#pending, at + this.#end.length);
    if (found === null || found === false) {
      this.#take(found === null ? at : at + this.#end.length);
      return found === false;
    }
    this.#take(at);
    if (this.#full !== null) return false;
    this.#code = found.value;
    this.#lines?.end();
    this.#pending = Buffer.alloc(0);
    this.#state = 'after';
    return false;
  }

  #takeNoise(length: number): void {
    const part = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    this.#noiseBytes += part.length;
    const last = part.subarray(-NOISE.kept);
    if (!this.#noise.add(last)) {
      const kept = Buffer.from(this.#noise.tail(NOISE.kept));
      this.#noise.clear();
      this.#noise.add(kept);
      this.#noise.add(last);
    }
    if (this.#noiseBytes > NOISE.most) this.#fill('noise');
  }

  #take(length: number): void {
    const part = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    if (part.length === 0) return;
    if (!this.#store.add(part)) this.#fill('output');
    else this.#lines?.push(part);
  }

  #fill(what: 'noise' | 'output'): void {
    this.#full = what;
    this.#store.clear();
    this.#pending = Buffer.alloc(0);
  }
}

/** How many bytes at the end of `text` could be the beginning of `mark`. */
function overlap(text: Buffer, mark: Buffer): number {
  for (let n = Math.min(text.length, mark.length - 1); n > 0; n -= 1) {
    if (text.subarray(text.length - n).equals(mark.subarray(0, n))) return n;
  }
  return 0;
}
