/** Bundles the front ends with fixtures once, as the wizard itself is bundled: what starts a hundred times must start quickly. */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE } from '../bundle-options.mjs';

/** Below the project, so that it finds node_modules. */
export const FIXTURE_BUNDLE = 'node_modules/.cache/moodle-cluster-wizard-pty/fixture-app.js';

export async function setup(): Promise<() => void> {
  const outdir = dirname(FIXTURE_BUNDLE);
  await build({ ...BUNDLE, entryPoints: ['test/pty/fixture-app.ts'], outdir, splitting: true });
  return () => rmSync(outdir, { recursive: true, force: true });
}
