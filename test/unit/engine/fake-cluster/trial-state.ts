/** The marks of a trial beside the MUC file of the cluster in memory, and what is armed on its nodes. */

import type { TrialMark } from '../../../../src/core/trial.js';

interface Armed {
  readonly id: string;
  result: 'reverted' | 'kept' | null;
}

/** What of a trial outlives the process that began it. */
export class TrialState {
  id: string | null = null;
  mark: TrialMark = 'none';
  /** The effect of its process by which it began. */
  began = 0;
  readonly armed = new Map<string, Armed>();

  begin(id: string, effect: number): void {
    this.began = effect;
    if (this.mark !== 'none') throw new Error('there are marks already');
    this.id = id;
    this.mark = 'armed';
  }

  markOf(id: string): TrialMark {
    return this.id === id ? this.mark : 'none';
  }

  turn(id: string, to: 'kept' | 'reverting' | 'reverted') {
    const from: readonly TrialMark[] = to === 'reverted' ? ['reverting', 'armed'] : ['armed'];
    const done = from.includes(this.markOf(id));
    if (done) this.mark = to;
    return { done, mark: this.markOf(id) };
  }

  clear(): void {
    this.id = null;
    this.mark = 'none';
  }
}
