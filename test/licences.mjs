/** The licence texts of what goes into the bundle, as those licences ask for. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that may go into a program under the GPL, version 3 or later. */
const COMPATIBLE = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'Unlicense']);

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** The folders of the packages that these files come from, sorted. */
export function packageFolders(files) {
  return [...new Set(files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))].sort();
}

/** Every package once a version: name, licence, text. @throws Error where a licence is unknown, does not go with the GPL, or has no text */
export function licences(files) {
  const texts = new Map();
  for (const dir of packageFolders(files)) {
    const about = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const licence = about.license ?? about.licenses?.map((l) => l.type).join(' OR ');
    if (!COMPATIBLE.has(licence)) throw new Error(`${about.name} ${about.version}: the licence "${licence}" is not on the list of those that go with the GPL`);
    texts.set(`${about.name} ${about.version}`, `${about.name} ${about.version} (${licence})\n\n${text(dir, about, licence)}\n`);
  }
  return [...texts.values()].join(`\n${'-'.repeat(80)}\n\n`);
}

function text(dir, about, licence) {
  const found = readdirSync(dir).find((name) => /^licen[cs]e/i.test(name));
  if (found !== undefined) return readFileSync(join(dir, found), 'utf8').trim();
  if (licence !== 'MIT') throw new Error(`${about.name} ${about.version}: no licence text in its package`);
  const authors = [about.author].flat().map((author) => author?.name ?? author);
  return `Copyright (c) ${authors.join(', ')}\n\n${MIT}`;
}
