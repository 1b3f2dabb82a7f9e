/** The wizard as it would be with one track more: the same bundle, in which the three lists of tracks under steps/ are those of this folder. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { BUNDLE } from '../bundle-options.mjs';

/** Where a test builds: below the project, so that the program finds templates/ there, also on the hosts of a lab. */
export const trackFolder = (test: string) => `node_modules/.cache/moodle-cluster-wizard-track-${test}`;

const LISTS: Plugin = {
  name: 'test-track',
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)steps\/(index|titles|answers)\.js$/ }, ({ path }) => ({
      path: resolve('test/track/steps', `${/(\w+)\.js$/.exec(path)?.[1]}.ts`),
    }));
  },
};

/** Builds an entry with the test track. @returns the file to run */
export async function buildWithTrack(entry: string, outdir: string): Promise<string> {
  await build({ ...BUNDLE, plugins: [LISTS, ...(BUNDLE.plugins ?? [])], entryPoints: [entry], outdir, splitting: true });
  return join(outdir, `${/(\w[\w-]*)\.tsx?$/.exec(entry)?.[1]}.js`);
}

/** Builds the program itself. @returns its entry, relative to the project */
export async function buildProgram(outdir: string): Promise<string> {
  const bin = await buildWithTrack('src/bin.ts', outdir);
  // As in the published package, where `--help` reads it.
  writeFileSync(join(outdir, 'help.txt'), execFileSync(process.execPath, [bin, 'help']));
  return bin;
}
