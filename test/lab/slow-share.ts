/** Turns the shared data folder of a running lab into a slow one: sshfs on every Moodle host. `restore()` takes it back. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from './lab.js';
import { isMoodleHost } from './plan.js';
import { must } from './run.js';
import { labFile } from './sandbox.js';

export async function slowShare(lab: Lab): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'lab-share-'));
  try {
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab share', '-f', join(dir, 'key')]);
    const key = await readFile(join(dir, 'key'));
    await lab.hosts.main.must(['bash', '-c', await labFile('slow-share-serve.sh')], { stdin: await readFile(join(dir, 'key.pub')) });
    const mount = await labFile('slow-share-mount.sh');
    await Promise.all(lab.all.filter((host) => isMoodleHost(host.plan)).map((host) => host.must(['bash', '-c', mount], { stdin: key })));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
