/** What must be as it was after a run that was refused. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lab/index.js';

const HOSTS = ['main', 'web1', 'web2', 'cache1'] as const;
const SCRIPT = readFileSync(join('test', 'lab-tests', 'refusals', 'snapshot.sh'), 'utf8');

/** Files, packages, services, records, locks and processes of every host, as text to compare. */
export async function snapshot(lab: Lab): Promise<Readonly<Record<string, string>>> {
  const parts = await Promise.all(HOSTS.map(async (name) => [name, await lab.hosts[name as 'main'].must(['sh', '-s'], { stdin: SCRIPT })] as const));
  return Object.fromEntries(parts);
}
