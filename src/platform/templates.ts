/** Fills the plain files of templates/. A template's `{{name}}` must all be given, and all that is given must be used. */

import { hasPackageFile, readPackageFile } from '../local/package-files.js';

/** dist/ lies beside templates/, src/platform/ two levels below it. */
const ROOTS = ['../templates/', '../../templates/'];
const cache = new Map<string, string>();

/** The text of a file below templates/. @throws Error when the package is incomplete */
export function readTemplate(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const url = ROOTS.map((root) => new URL(root + name, import.meta.url)).find((candidate) => hasPackageFile(candidate));
  if (!url) throw new Error(`templates/${name} is missing from this installation`);
  const text = readPackageFile(url).toString('utf8');
  cache.set(name, text);
  return text;
}

/** Fills text. Values are single lines. @throws Error on a name without value, a value without place, or a line break: bugs */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  const used = new Set<string>();
  const filled = text.replace(/\{\{([A-Za-z]+)\}\}/g, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template needs a value for "${name}"`);
    // A line break would end the line that the template opened.
    if (/[\u0000-\u001f\u007f]/.test(String(value))) throw new Error(`the value of "${name}" has a control character`);
    used.add(name);
    return String(value);
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`the template does not use ${unused.join(', ')}`);
  return filled;
}

/** Reads and fills. */
export function renderTemplate(name: string, values: Readonly<Record<string, string | number>>): string {
  return fill(readTemplate(name), values);
}
