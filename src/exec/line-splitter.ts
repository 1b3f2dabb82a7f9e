/** Lines of a stream as they come; the memory for a line without an end is bounded, and so is the number of lines. */

import { StringDecoder } from 'node:string_decoder';
import { LONGEST_LINE, MOST_LINES } from './limits.js';

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #lines = 0;

  constructor(private readonly onLine: (line: string) => void) {}

  push(bytes: Buffer): void {
    if (this.#lines >= MOST_LINES) return;
    const text = this.#decoder.write(bytes);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.onLine(this.#joined(text.slice(from, at)));
      this.#line = '';
      this.#lines += 1;
      if (this.#lines >= MOST_LINES) return;
      from = at + 1;
    }
    this.#line = this.#joined(text.slice(from));
  }

  end(): void {
    const last = this.#joined(this.#decoder.end());
    this.#line = '';
    if (last !== '') this.onLine(last);
  }

  #joined(part: string): string {
    const room = LONGEST_LINE - this.#line.length;
    return room <= 0 ? this.#line : this.#line + part.slice(0, room);
  }
}
