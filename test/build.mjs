// Bundles the wizard into dist/: one entry and lazy chunks, so that the first frame needs few files.
// Every package is inside: what is published has no dependencies, so nothing is resolved or installed beside it.
// usage: node test/build.mjs [folder]      does nothing when the folder was built from the same inputs
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { freshFolder, stamp, swapIn, sweep, upToDate } from './build-folder.mjs';
import { BUNDLE } from './bundle-options.mjs';
import { licences } from './licences.mjs';
import { sbom } from './sbom.mjs';

/** What decides the result besides the sources: the lock file stands for every package. */
const RECIPE = ['build.mjs', 'build-folder.mjs', 'bundle-options.mjs', 'licences.mjs', 'sbom.mjs'].map((name) => `test/${name}`);
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json'];

const outdir = process.argv[2] ?? 'dist';
const fresh = freshFolder(outdir);

async function make() {
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: ['src/bin.ts'],
    outdir: fresh,
    splitting: true,
    legalComments: 'none',
    // Less to read at every start; names stay, for the sake of stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
  });
  const bin = join(fresh, 'bin.js');
  const inputs = Object.keys(metafile.inputs);
  chmodSync(bin, 0o755);
  // As for a pipe: 80 columns, no colours. The command line parser prints it for `help`, this file serves `--help`.
  writeFileSync(join(fresh, 'help.txt'), execFileSync(process.execPath, [bin, 'help']));
  writeFileSync(join(fresh, 'THIRD-PARTY-LICENSES.txt'), licences(inputs));
  writeFileSync(join(fresh, 'sbom.cdx.json'), sbom(inputs));
  stamp(fresh, [...inputs, ...RECIPE, ...SETTINGS]);
}

sweep(outdir);
if (upToDate(outdir)) console.log(`${relative('.', outdir) || outdir} is up to date`);
else {
  rmSync(fresh, { recursive: true, force: true });
  try {
    await make();
    swapIn(fresh, outdir);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
