/** A wall clock of a host's own. The kernel has one for all hosts of a lab, and no name space for it: so every process of the host is told another one. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { put } from '../lab-tests/safety-lab.js';
import { expectThat, type FaultLab, Skipped } from './harness.js';

const LIBRARY = '/usr/local/lib/wall-clock.so';

/** Gives a host a clock that can be set; it is right until then. PHP begins anew, so that pages go by it too. */
export async function ownClock(faults: FaultLab, host: string): Promise<void> {
  const installed = await faults.lab.host(host).exec('DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends tcc libc6-dev');
  if (installed.code !== 0) throw new Skipped(`a clock of its own needs a compiler on ${host}, and apt has none: ${installed.stderr.trim().slice(-300)}`);
  await put(faults.lab, host, '/root/wall-clock.c', readFileSync(join(import.meta.dirname, 'files', 'wall-clock.c')), '600');
  await faults.on(host, `tcc -shared -o ${LIBRARY} /root/wall-clock.c && chmod 755 ${LIBRARY}`);
  await setClock(faults, host, 0);
  await faults.on(host, `echo ${LIBRARY} >/etc/ld.so.preload && systemctl restart 'php*-fpm.service'`);
  await setClock(faults, host, 0);
}

/** The host's clock is so many seconds off from now on, for all its processes at once. */
export async function setClock(faults: FaultLab, host: string, seconds: number): Promise<void> {
  await faults.on(host, `echo ${seconds} >/etc/wall-clock.new && chmod 644 /etc/wall-clock.new && mv /etc/wall-clock.new /etc/wall-clock`);
  if ((await faults.on(host, 'cat /etc/ld.so.preload 2>/dev/null || true')) === '') return;
  const off = Number(await faults.on(host, 'date +%s')) - Date.now() / 1000;
  expectThat(Math.abs(off - seconds) < 60, `the clock of ${host} should be ${seconds} s off, and is ${Math.round(off)} s`);
}
