/** The restore point of a run at work: what the run and its guards know of it, and what is on record. */

import type { RestorePoint } from '../../core/record.js';
import type { SiteRecord } from '../../records/site-record.js';

export class RunPoint {
  #current: RestorePoint;

  constructor(
    private readonly record: SiteRecord,
    point: RestorePoint,
  ) {
    this.#current = point;
  }

  get current(): RestorePoint {
    return this.#current;
  }

  /** Takes over a point that is on record already. */
  replace(point: RestorePoint): void {
    this.#current = point;
  }

  /** Changes the point and writes it to the record. */
  async write(change: Partial<RestorePoint>): Promise<void> {
    this.#current = { ...this.#current, ...change };
    await this.record.writePoint(this.#current);
  }
}
