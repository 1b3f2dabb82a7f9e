/** What of the environment reaches the program: cleaned once, before any library is loaded. */

/** npm puts these in front of PATH for what it starts: they belong to the current folder and its parents, which others may write to. */
const OF_NPM = /(?:^|\/)node_modules\/\.bin$|\/node-gyp-bin$/;

/** The folders of a PATH that do not depend on where the program was started. */
export function fixedPath(path: string): string {
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/') && !OF_NPM.test(folder.replace(/\/+$/, '')))
    .join(':');
}

/** Defaults of zx (ZX_PREFER_LOCAL adds node_modules/.bin to the PATH of children), and what makes the YAML parser print what it reads. */
const OF_LIBRARIES = /^(?:ZX_.*|LOG_TOKENS|LOG_STREAM)$/;

/** Removes what only libraries would read, and cleans PATH. Changes `env` itself. */
export function cleanEnvironment(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env)) if (OF_LIBRARIES.test(name)) delete env[name];
  if (env['PATH'] !== undefined) env['PATH'] = fixedPath(env['PATH']);
}
