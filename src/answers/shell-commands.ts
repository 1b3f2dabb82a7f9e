/** The programs and files that a command line of `cmd:` names. Pure: nothing is run, and expansions of the shell are not evaluated. */

/** A word as written; `literal` false: the shell would expand it ($NAME, `…`, *). */
interface Word {
  readonly text: string;
  readonly literal: boolean;
}

/** A program that a line starts, or a file that it names by its full path. */
export interface Named {
  readonly kind: 'command' | 'file';
  readonly text: string;
}

const KEYWORDS: readonly string[] = ['if', 'then', 'else', 'elif', 'fi', 'while', 'until', 'do', 'done', '{', '}', '!', 'time'];
/** Built into every POSIX shell: these names run no program from disk. */
const BUILTINS: readonly string[] = [
  ...['.', ':', '[', 'alias', 'bg', 'break', 'case', 'cd', 'continue', 'echo', 'esac', 'eval', 'exit', 'export', 'false', 'fg', 'for', 'getopts', 'hash'],
  ...['in', 'jobs', 'local', 'printf', 'pwd', 'read', 'readonly', 'return', 'set', 'shift', 'test', 'times', 'trap', 'true', 'type', 'ulimit', 'umask'],
  ...['unalias', 'unset', 'wait', 'kill'],
];
/** Commands that run the words after them. */
const PREFIXES: readonly string[] = ['exec', 'command', 'env', 'nohup'];
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

/** Splits a line into simple commands, each a list of words; redirections lose their sign, not their file. */
function simpleCommands(line: string): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]];
  let text = '';
  let literal = true;
  let open = false;
  const endWord = () => {
    if (open) commands.at(-1)?.push({ text, literal });
    text = '';
    literal = true;
    open = false;
  };
  const endCommand = () => {
    endWord();
    commands.push([]);
  };
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i] ?? '';
    if (c === "'") {
      const end = line.indexOf("'", i + 1);
      text += line.slice(i + 1, end < 0 ? line.length : end);
      open = true;
      i = end < 0 ? line.length : end;
    } else if (c === '"') {
      open = true;
      for (i += 1; i < line.length && line[i] !== '"'; i += 1) {
        if (line[i] === '\\') i += 1;
        else if (line[i] === '$' || line[i] === '`') literal = false;
        text += line[i] ?? '';
      }
    } else if (c === '\\') {
      i += 1;
      text += line[i] ?? '';
      open = true;
    } else if (c === '#' && !open) {
      while (i + 1 < line.length && line[i + 1] !== '\n') i += 1;
    } else if (/\s/.test(c)) {
      if (c === '\n') endCommand();
      else endWord();
    } else if (';&|()'.includes(c)) endCommand();
    else if (c === '<' || c === '>') {
      // `2>` is not a word.
      if (/^\d*$/.test(text)) {
        text = '';
        open = false;
      }
      endWord();
      // `2>&1`: the sign belongs to the redirection.
      if (line[i + 1] === '&') i += 1;
      commands.at(-1)?.push({ text: '', literal: false });
    } else {
      if ('$`*?['.includes(c)) literal = false;
      if (c === '~' && !open) literal = false;
      text += c;
      open = true;
    }
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}

/** The words after assignments, keywords, `exec` and `env A=1`. */
function commandWords(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex((w) => !(w.literal && (KEYWORDS.includes(w.text) || PREFIXES.includes(w.text))) && !ASSIGNMENT.test(w.text));
  return at < 0 ? [] : words.slice(at);
}

const isPath = (text: string) => /^\/[^\s]/.test(text);

/**
 * The programs of a line, and the files that it names by their full path, each once. `/bin/sh` is the shell that reads it.
 * A relative program after `cd FOLDER` is looked for there.
 */
export function namedInCommand(line: string): readonly Named[] {
  const found = new Map<string, Named>();
  const add = (kind: Named['kind'], text: string) => void (found.has(text) || found.set(text, { kind, text }));
  const functions = [...line.matchAll(/([A-Za-z_]\w*)\s*\(\s*\)/g)].map(([, name]) => name);
  let folder: string | null = '';
  for (const words of simpleCommands(line)) {
    const [first, ...rest] = commandWords(words);
    for (const word of rest) if (word.literal && isPath(word.text)) add('file', word.text);
    if (!first?.literal || first.text === '') continue;
    if (first.text === 'cd') {
      const [to] = rest;
      folder = to?.literal === true && isPath(to.text) ? to.text : null;
      continue;
    }
    if (BUILTINS.includes(first.text) || functions.includes(first.text) || first.text.startsWith('-')) continue;
    if (!first.text.includes('/') || first.text.startsWith('/')) add('command', first.text);
    else if (folder !== null) add('command', folder === '' ? first.text : `${folder}/${first.text}`);
  }
  return [...found.values()];
}
