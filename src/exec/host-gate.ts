/** Limits the number of hosts at the same time: handshakes and commands of 500 nodes would overload this machine, its network and the balancer of the nodes. */

import type { Executor } from './executor.js';

export const DEFAULT_CONCURRENCY = 30;

/** Starts work on a host when fewer hosts than the limit are active. An active host may start more work. */
export class HostGate {
  readonly #limit: number;
  readonly #active = new Map<string, number>();
  readonly #waiting: { readonly host: string; readonly begin: () => void }[] = [];

  /** @param limit hosts at once, 1 or more */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`invalid limit of hosts: ${limit}`);
    this.#limit = limit;
  }

  /** Runs `work` in its turn, in the order of asking. */
  async run<T>(host: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayBegin(host)) this.#begin(host);
    else await new Promise<void>((begin) => this.#waiting.push({ host, begin }));
    try {
      return await work();
    } finally {
      this.#end(host);
    }
  }

  #mayBegin(host: string): boolean {
    return this.#active.has(host) || this.#active.size < this.#limit;
  }

  #begin(host: string): void {
    this.#active.set(host, (this.#active.get(host) ?? 0) + 1);
  }

  #end(host: string): void {
    const left = (this.#active.get(host) ?? 1) - 1;
    if (left > 0) this.#active.set(host, left);
    else this.#active.delete(host);
    for (let at = this.#waiting.findIndex((w) => this.#mayBegin(w.host)); at >= 0; at = this.#waiting.findIndex((w) => this.#mayBegin(w.host))) {
      const [next] = this.#waiting.splice(at, 1);
      if (!next) return;
      this.#begin(next.host);
      next.begin();
    }
  }
}

/** The executor of a host whose commands wait for their turn, but for those that must run on all hosts together. */
export function gated(inner: Executor, gate: HostGate): Executor {
  const host = inner.node.name;
  return {
    node: inner.node,
    run: (cmd, options = {}) => (options.together === true ? inner.run(cmd, options) : gate.run(host, () => inner.run(cmd, options))),
    putFile: (path, content, attributes) => gate.run(host, () => inner.putFile(path, content, attributes)),
    close: () => inner.close(),
  };
}
