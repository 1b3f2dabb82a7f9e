/** A run that stands in the middle of apt on web1. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { put } from '../lab-tests/safety-lab.js';
import type { WizardRun } from '../lab-tests/support.js';
import { APPLY, type FaultLab } from './harness.js';

export interface InApt {
  /** In an object, since a promise that an async function returns would be waited for. */
  readonly run: Promise<WizardRun>;
  /** Lets apt go on: until then another holds its lock. */
  letGo(): Promise<unknown>;
}

/** Starts apply and waits until it has come to apt on web1. */
export async function applyUntilApt(faults: FaultLab): Promise<InApt> {
  await put(faults.lab, 'web1', '/root/hold-dpkg.pl', readFileSync(join(import.meta.dirname, 'files', 'hold-dpkg.pl')), '600');
  await faults.on('web1', 'systemd-run --quiet --unit=holder perl /root/hold-dpkg.pl');
  const run = faults.run(...APPLY);
  await faults.until('web1', 'systemctl is-active --quiet "mcw-*" && pgrep -x apt-get >/dev/null', 400);
  return { run, letGo: () => faults.on('web1', 'systemctl stop holder') };
}
