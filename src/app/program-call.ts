/** How a person calls the program that runs: by its name where it is installed, else by its own path, as after `npx`. */

import { PROGRAM } from '../core/program.js';
import { quote } from '../exec/shell.js';
import { realPath } from '../local/look.js';
import { canExecute } from '../local/read.js';

/** @param path the cleaned PATH. @param script the file that Node runs. @returns words of a shell */
export function programCall(path: string, script: string): string {
  if (path.split(':').some((folder) => folder.startsWith('/') && canExecute(`${folder}/${PROGRAM}`))) return PROGRAM;
  const real = realPath(script) ?? script;
  return canExecute(real) ? quote(real) : `${quote(process.execPath)} ${quote(real)}`;
}
