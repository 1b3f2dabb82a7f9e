/** npm run bench -- NAME …: measurements that take their time and are no tests. Each is a file of this folder with a function `bench`. */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [name = '', ...args] = process.argv.slice(2);
if (!/^[a-z-]+$/.test(name) || name === 'run' || !existsSync(join(here, `${name}.ts`))) {
  const names = readdirSync(here).flatMap((f) => (/^[a-z-]+\.ts$/.test(f) && f !== 'run.ts' ? [f.slice(0, -3)] : []));
  process.stderr.write(`npm run bench -- NAME, one of: ${names.join(', ')}\n`);
  process.exit(2);
}
const { bench } = (await import(join(here, `${name}.ts`))) as { readonly bench: (args: readonly string[]) => Promise<number> };
process.exitCode = await bench(args);
