/** Hosts for the security tests: Debian 12 and Debian 11, each a lab of its own, so that an attack meets both families of PHP, systemd and util-linux. */

import type { Lab } from '../lab/index.js';
import { labFor } from '../lab-tests/support.js';

/** The sites that attacks run against; MCW_SECURITY_RELEASES (names with commas) takes others, such as 4.5.6,3.8.5. */
export const TARGETS: readonly string[] = (process.env['MCW_SECURITY_RELEASES'] ?? 'stand-in,stand-in-11').split(',');

/** The lab of a target, freshly restored. One lab a target serves all test files: each begins with a restore. */
export async function targetLab(release: string): Promise<Lab> {
  return labFor({ release, name: `sec-${release.replaceAll('.', '-')}` });
}

/** Runs a script on a host as an account without rights: the attacker of threat model B. */
export async function asNobody(lab: Lab, host: string, script: string): Promise<string> {
  // Debian's group of nobody is nogroup.
  return lab.host(host).must(['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', 'sh', '-c', script]);
}
