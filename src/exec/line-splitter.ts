/** Lines of a stream as they come; the memory for a line without an end is bounded. */

import { StringDecoder } from 'node:string_decoder';
import { LONGEST_LINE } from './limits.js';

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #line = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.onLine(this.#joined(text.slice(from, at)));
      this.#line = '';
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
