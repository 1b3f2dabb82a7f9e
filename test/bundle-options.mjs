/** How sources become what runs, the same for the published bundle and for what tests and benchmarks start beside it. */

import { isBuiltin } from 'node:module';

/**
 * Optional native parts of ssh2, asked for in a try block. Left outside, Node would look for them at run time in every node_modules above the
 * bundle, in NODE_PATH and in ~/.node_modules, and run what it finds there as root.
 */
const OPTIONAL = /^(?:cpu-features|.*\.node)$/;
/**
 * With DEV=true Ink would load react-devtools-core and connect to a port that any local user may listen on. Under Deno zx makes a `require` that
 * reads the disk.
 */
const EMPTY = /^\.\/(?:devtools|deno)\.js$/;

/**
 * Variables that only libraries read, for something the program does not offer: memjs would send their password to a server that the answers give
 * none for. Compiled out, so that secrets may still be kept in variables of these names.
 */
const UNREAD = [
  'CLI_WIDTH',
  'INQUIRER_KEYBINDINGS',
  ...['MEMCACHIER', 'MEMCACHE'].flatMap((name) => ['SERVERS', 'USERNAME', 'PASSWORD'].map((what) => `${name}_${what}`)),
];

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
  define: { 'process.env.NODE_ENV': '"production"', ...Object.fromEntries(UNREAD.map((name) => [`process.env.${name}`, 'undefined'])) },
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
