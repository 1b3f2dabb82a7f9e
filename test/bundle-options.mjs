/** How sources become what runs, the same for the published bundle and for what tests and benchmarks start beside it. */

import { isBuiltin } from 'node:module';

/**
 * Optional native parts of ssh2, asked for in a try block, and Ink's development tools. Left outside, Node would look for them at run time in
 * every node_modules above the bundle, in NODE_PATH and in ~/.node_modules, and run what it finds there as root.
 */
const OPTIONAL = /^(?:cpu-features|.*\.node|\.\/devtools\.js)$/;
/** What zx needs under Deno: it makes a `require` that reads the disk. */
const EMPTY = /^\.\/deno\.js$/;

/** Optional parts are absent; anything else that is neither bundled nor part of Node fails the build. */
const CLOSED = {
  name: 'closed',
  setup(build) {
    build.onResolve({ filter: OPTIONAL }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onResolve({ filter: EMPTY }, ({ path }) => ({ path, namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: '' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw Object.assign(new Error(${JSON.stringify(`${path} is not part of this program`)}), { code: 'MODULE_NOT_FOUND' });`,
    }));
    build.onEnd(({ metafile }) => {
      const found = (metafile === undefined ? [] : externals(metafile)).filter((name) => !isBuiltin(name));
      return { errors: found.map((name) => ({ text: `"${name}" is neither bundled nor a part of Node` })) };
    });
  },
};

/** What the files of a bundle import from outside of it. */
export function externals(metafile) {
  return [...new Set(Object.values(metafile.outputs).flatMap((file) => file.imports.flatMap((i) => (i.external ? [i.path] : []))))].sort();
}

/** @type {import('esbuild').BuildOptions} */
export const BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  alias: { 'string-width': './src/ui/text/string-width.ts' },
  // With DEV=true Ink would look for react-devtools-core and connect to a port that any local user may listen on.
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // What bundled CommonJS packages expect to be there. `require` gives parts of Node and never looks at the disk.
  banner: {
    js: [
      "const require = (name) => process.getBuiltinModule(name) ?? (() => { throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' }); })();",
      'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join(' '),
  },
  plugins: [CLOSED],
  metafile: true,
  logLevel: 'warning',
};
