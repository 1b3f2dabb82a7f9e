// Bundles the wizard into dist/: one entry and lazy chunks, so that the first frame needs few files.
// node-ssh and ssh2 stay outside: ssh2 is CommonJS that finds its own files by __dirname.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE } from './bundle-options.mjs';

const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  ...BUNDLE,
  entryPoints: ['src/bin.ts'],
  outdir,
  splitting: true,
  external: ['node-ssh', 'ssh2'],
  legalComments: 'none',
  // Less to read at every start; names stay, for the sake of stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
});
chmodSync(join(outdir, 'bin.js'), 0o755);
// As it is for a pipe: 80 columns, no colours. `help` is told by what reads the command line, `--help` by this file.
writeFileSync(join(outdir, 'help.txt'), execFileSync(process.execPath, [join(outdir, 'bin.js'), 'help']));
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences(Object.keys(metafile.inputs)));

/** The licence texts of every package that went into the bundle, as their licences ask for. */
function licences(inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const dir = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (dir) packages.set(dir, JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')));
  }
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([dir, about]) => {
      const file = existsSync(dir) ? readdirSync(dir).find((name) => /^licen[cs]e/i.test(name)) : undefined;
      return `${about.name} ${about.version} (${about.license})\n\n${file ? readFileSync(join(dir, file), 'utf8').trim() : 'See its package.json.'}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
