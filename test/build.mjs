// Bundles the wizard into dist/: one entry and lazy chunks, so that the first frame needs few files.
// Every package is inside: what is published has no dependencies, so nothing is resolved or installed beside it.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE } from './bundle-options.mjs';
import { licences } from './licences.mjs';

const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  ...BUNDLE,
  entryPoints: ['src/bin.ts'],
  outdir,
  splitting: true,
  legalComments: 'none',
  // Less to read at every start; names stay, for the sake of stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
});
chmodSync(join(outdir, 'bin.js'), 0o755);
// As it is for a pipe: 80 columns, no colours. `help` is told by what reads the command line, `--help` by this file.
writeFileSync(join(outdir, 'help.txt'), execFileSync(process.execPath, [join(outdir, 'bin.js'), 'help']));
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences(Object.keys(metafile.inputs)));
