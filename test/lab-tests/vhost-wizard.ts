/** The wizard with the tracks of files/vhost-tracks.ts, in the place of the usual one on main: the real program but for what is planned. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { BUNDLE } from '../bundle-options.mjs';
import type { Lab } from '../lab/index.js';
import { put } from './safety-lab.js';

const DIR = '/opt/vhost-wizard';

const tracks: Plugin = {
  name: 'tracks',
  setup(on) {
    const file = (name: string) => ({ path: resolve(`test/lab-tests/files/${name}.ts`) });
    on.onResolve({ filter: /\/steps\/(?:index|titles)\.js$/ }, () => file('vhost-tracks'));
    on.onResolve({ filter: /\/steps\/answers\.js$/ }, () => file('vhost-answers'));
  },
};

/** Builds it and puts it on main; the node toolkit is that of the project. */
export async function installVhostWizard(lab: Lab): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'mcw-vhosts-'));
  try {
    await build({ ...BUNDLE, plugins: [...(BUNDLE.plugins ?? []), tracks], entryPoints: ['src/bin.ts'], outdir: out, splitting: true });
    await lab.hosts.main.must(`mkdir -p ${DIR}/dist && cp -r /opt/moodle-cluster-wizard/templates /opt/moodle-cluster-wizard/package.json ${DIR}/`);
    for (const file of readdirSync(out)) await put(lab, 'main', `${DIR}/dist/${file}`, readFileSync(join(out, file)), '644');
    await put(lab, 'main', '/usr/local/bin/moodle-cluster-wizard', `#!/bin/sh\nexec /usr/local/bin/node ${DIR}/dist/bin.js "$@"\n`, '755');
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
