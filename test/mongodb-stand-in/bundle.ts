/** Makes the stand-in one file that a lab host's own Node runs: `npx tsx test/mongodb-stand-in/bundle.ts OUT.mjs`. */

import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Writes the command line (cli.ts with everything it needs) as one ESM file for Node 20; call it `*.mjs`. */
export async function bundleMongoStandIn(outfile: string): Promise<void> {
  // Loaded only here, so that tests which never bundle do not wait for it.
  const { build } = await import('esbuild');
  const entry = join(dirname(fileURLToPath(import.meta.url)), 'cli.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' });
}

const [, script, outfile] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (outfile === undefined) throw new Error('Name the file to write, for example /tmp/mongodb-stand-in.mjs');
  await bundleMongoStandIn(outfile);
}
