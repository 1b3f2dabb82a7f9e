/** PHP source with its comments and the insides of its strings taken out, so that what is left can be searched for syntax. */

export function codeOf(source: string): string {
  let out = '';
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const comment = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/|#(?!\[))[^\n]*)/.exec(rest);
    const text = /^(?:'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*")/.exec(rest);
    if (comment) {
      out += comment[0].replace(/[^\n]/g, '');
      at += comment[0].length;
    } else if (text) {
      out += `''${text[0].replace(/[^\n]/g, '')}`;
      at += text[0].length;
    } else {
      out += source[at];
      at += 1;
    }
  }
  return out;
}

/** Double-quoted strings of a source: PHP looks into those. */
export function doubleQuoted(source: string): readonly string[] {
  const found: string[] = [];
  const strings = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"/g;
  for (const match of source.matchAll(strings)) if (match[0].startsWith('"')) found.push(match[0]);
  return found;
}

/** What stands before each opening bracket whose closing one comes after a comma: `array` may have that since ever, a call only since 7.3. */
export function trailingCommaOwners(code: string): readonly string[] {
  const owners: string[] = [];
  const open: string[] = [];
  let last = '';
  for (let at = 0; at < code.length; at++) {
    const c = code[at] ?? '';
    if (c === '(') open.push(/(\w*)\s*$/.exec(code.slice(Math.max(0, at - 60), at))?.[1] ?? '');
    if (c === ')') {
      const owner = open.pop() ?? '';
      if (last === ',') owners.push(owner);
    }
    if (!/\s/.test(c)) last = c;
  }
  return owners;
}
