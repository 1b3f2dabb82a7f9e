/** Independent readings of what the wizard writes: none of its own code is used here. */

/** Words of a simple sh command in which quoting is the only syntax: an independent reading. @throws Error on anything else unquoted */
export function shellWords(script: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < script.length; i += 1) {
    const c = script[i] ?? '';
    if (c === ' ') {
      if (word !== null) words.push(word);
      word = null;
    } else if (c === "'") {
      const end = script.indexOf("'", i + 1);
      word = (word ?? '') + script.slice(i + 1, end);
      i = end;
    } else if (c === '\\') {
      i += 1;
      word = (word ?? '') + (script[i] ?? '');
    } else if (/[A-Za-z0-9_@%+=:,./-]/.test(c)) word = (word ?? '') + c;
    else throw new Error(`unquoted ${c}`);
  }
  return word === null ? words : [...words, word];
}

/** Words of a line of redis.conf as sdssplitargs() reads them: double quotes with \" \\ \xHH. */
export function redisWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => {
    if (quoted === undefined) return plain ?? '';
    const bytes: number[] = [];
    for (const [all, hex, char] of quoted.matchAll(/\\x([0-9a-f]{2})|\\(.)|[^\\]/g))
      bytes.push(hex === undefined ? (char ?? all).charCodeAt(0) : Number.parseInt(hex, 16));
    return Buffer.from(bytes).toString('utf8');
  });
}
