/** Bytes as they come, in one block that grows: many small chunks must not cost more than their content. */

const FIRST = 64 * 1024;

export class ByteStore {
  #block: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(private readonly most: number) {}

  get length(): number {
    return this.#length;
  }

  /** Appends a copy. @returns false, and keeps nothing more, when it would be longer than allowed */
  add(bytes: Buffer): boolean {
    const length = this.#length + bytes.length;
    if (length > this.most) return false;
    if (length > this.#block.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.most, Math.max(FIRST, this.#block.length * 2, length)));
      this.#block.copy(grown, 0, 0, this.#length);
      this.#block = grown;
    }
    bytes.copy(this.#block, this.#length);
    this.#length = length;
    return true;
  }

  /** The last bytes, as a view that the next change invalidates. */
  tail(bytes: number): Buffer {
    return this.#block.subarray(Math.max(0, this.#length - bytes), this.#length);
  }

  text(): string {
    return this.#block.toString('utf8', 0, this.#length);
  }

  clear(): void {
    this.#block = Buffer.alloc(0);
    this.#length = 0;
  }
}
