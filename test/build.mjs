// Bundles the wizard into dist/: one entry, lazy chunks, so that the first frame needs few files. node-ssh stays outside (ssh2 is CommonJS with __dirname).
import { build } from 'esbuild';
import { rmSync, chmodSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/bin.ts'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  splitting: true,
  external: ['node-ssh', 'ssh2', '../ui/ink/index.js'],
  alias: { 'react-devtools-core': './test/stubs/react-devtools-core.mjs' },
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync('dist/bin.js', 0o755);
