/** Packages that are loaded late: of a CommonJS one the bundle gives the default export only, whatever Node gives a source that runs unbundled. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const SOURCES = ['src', 'steps'].flatMap((dir) =>
  readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' }).flatMap((f) => (/\.tsx?$/.test(f) && !f.endsWith('.d.ts') ? [join(dir, f)] : [])),
);
const LATE = SOURCES.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^.*\bimport\('([^.'][^']*)'\).*$/gm)].map(([line, name = '']) => [name, file, line.trim()] as const),
);

function isCommonJs(name: string): boolean {
  const [scope = '', rest = ''] = name.split('/');
  const about = JSON.parse(readFileSync(join(ROOT, 'node_modules', scope.startsWith('@') ? `${scope}/${rest}` : scope, 'package.json'), 'utf8'));
  return about.type !== 'module' && about.exports === undefined && about.module === undefined;
}

describe('a package that is loaded late', () => {
  it('is looked for in the right places', () => expect(LATE.map(([name]) => name)).toContain('memjs'));

  it.each(LATE)('%s in %s', (name, _file, line) => {
    if (isCommonJs(name)) expect(line).toMatch(/\bdefault\b/);
  });
});
