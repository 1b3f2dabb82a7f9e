/** Marks the output of one command so that start-up files, banners and login shells cannot be mistaken for it. */

import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { command, type Script } from './shell.js';

export interface Frame {
  /** POSIX sh source that runs the command between its marks. */
  readonly script: Script;
  /** Followed by the process id of the shell that runs the command. */
  readonly begin: string;
  /** Followed by the exit code. */
  readonly end: string;
  /** Line after which standard input is the command's own; what stands before it is dropped. Null when input is not shared. */
  readonly sync: string | null;
}

export interface FrameOptions {
  /** False: the command reads /dev/null. */
  readonly stdin: boolean;
  /** True: input may begin with lines that are not the command's (an unread password). */
  readonly shared: boolean;
}

/** Frames a command with marks no output can guess. */
export function frame(argv: readonly string[], options: FrameOptions, mark = randomBytes(12).toString('hex')): Frame {
  const begin = `${mark}:begin:`;
  const end = `${mark}:end:`;
  const sync = options.stdin && options.shared ? `${mark}:input` : null;
  const lines = [
    `printf '%s%s\\n' ${begin} $$ >&2; printf '%s%s\\n' ${begin} $$`,
    ...(sync === null ? [] : [`while IFS= read -r l; do [ "$l" = ${sync} ] && break; done`]),
    `${command(argv)}${options.stdin ? '' : ' </dev/null'}`,
    'r=$?',
    `printf '%s%s\\n' ${end} "$r" >&2; printf '%s%s\\n' ${end} "$r"`,
  ];
  return { script: lines.join('\n'), begin, end, sync };
}

/** Takes one stream apart as it comes: what stands before, inside and after the marks. */
export class FrameReader {
  readonly #frame: Frame;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #onBegin: (() => void) | undefined;
  readonly #chunks: Buffer[] = [];
  readonly #decoder = new StringDecoder('utf8');
  #state: 'before' | 'inside' | 'after' = 'before';
  #pending: Buffer = Buffer.alloc(0);
  #line = '';
  #noise = '';
  #code: number | null = null;
  #pid: number | null = null;

  constructor(of: Frame, on: { readonly onLine?: ((line: string) => void) | undefined; readonly onBegin?: (() => void) | undefined } = {}) {
    this.#frame = of;
    this.#onLine = on.onLine;
    this.#onBegin = on.onBegin;
  }

  get state(): 'before' | 'inside' | 'after' {
    return this.#state;
  }

  /** Exit code that the frame told; null while the command has not ended. */
  get code(): number | null {
    return this.#code;
  }

  /** Process id of the shell that runs the command; its command line holds the frame's marks. */
  get pid(): number | null {
    return this.#pid;
  }

  /** The command's own output, all of it. */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** The last part of what came before the command: banners, sudo's words, a login shell's refusal. */
  noise(): string {
    return (this.#noise + (this.#state === 'before' ? this.#pending.toString('utf8') : '')).slice(-4000);
  }

  push(chunk: Buffer): void {
    if (this.#state === 'after') return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#state === 'before') this.#seekBegin();
    if (this.#state === 'inside') this.#seekEnd();
  }

  #seekBegin(): void {
    // Noise without a final newline may stand right before the mark, so the mark is sought anywhere.
    const mark = this.#frame.begin;
    const at = this.#pending.indexOf(mark);
    const stop = at < 0 ? -1 : this.#pending.indexOf(0x0a, at);
    if (stop < 0) return;
    this.#pid = Number.parseInt(this.#pending.subarray(at + mark.length, stop).toString('latin1'), 10);
    this.#noise = this.#pending.subarray(0, at).toString('utf8');
    this.#pending = this.#pending.subarray(stop + 1);
    this.#state = 'inside';
    this.#onBegin?.();
  }

  #seekEnd(): void {
    const mark = Buffer.from(this.#frame.end);
    const at = this.#pending.indexOf(mark);
    if (at < 0) {
      this.#take(this.#pending.length - overlap(this.#pending, mark));
      return;
    }
    const stop = this.#pending.indexOf(0x0a, at + mark.length);
    if (stop < 0) {
      this.#take(at);
      return;
    }
    this.#code = Number.parseInt(this.#pending.subarray(at + mark.length, stop).toString('latin1'), 10);
    this.#take(at);
    this.#endLines();
    this.#pending = Buffer.alloc(0);
    this.#state = 'after';
  }

  #take(length: number): void {
    if (length === 0) return;
    const part = Buffer.from(this.#pending.subarray(0, length));
    this.#pending = this.#pending.subarray(length);
    this.#chunks.push(part);
    if (!this.#onLine) return;
    const lines = (this.#line + this.#decoder.write(part)).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }

  #endLines(): void {
    if (!this.#onLine) return;
    const last = this.#line + this.#decoder.end();
    if (last !== '') this.#onLine(last);
    this.#line = '';
  }
}

/** How many bytes at the end of `text` could be the beginning of `mark`. */
function overlap(text: Buffer, mark: Buffer): number {
  for (let n = Math.min(text.length, mark.length - 1); n > 0; n -= 1) {
    if (text.subarray(text.length - n).equals(mark.subarray(0, n))) return n;
  }
  return 0;
}
