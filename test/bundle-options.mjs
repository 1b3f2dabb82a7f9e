/** How sources become what runs, the same for the published bundle and for what tests and benchmarks start beside it. */

/** @type {import('esbuild').BuildOptions} */
export const BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  alias: { 'react-devtools-core': './test/stubs/react-devtools-core.mjs', 'string-width': './src/ui/text/string-width.ts' },
  define: { 'process.env.NODE_ENV': '"production"' },
  // What bundled CommonJS packages expect to be there (write-file-atomic names its temporary file by __filename).
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename;",
  },
  logLevel: 'warning',
};
