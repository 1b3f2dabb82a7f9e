/** How a person calls the program that runs: by its name where it is installed, else by its own path, as after `npx`. */

import { accessSync, constants, realpathSync } from 'node:fs';
import { PROGRAM } from '../core/program.js';
import { quote } from '../exec/shell.js';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param path the cleaned PATH. @param script the file that Node runs. @returns words of a shell */
export function programCall(path: string, script: string): string {
  if (path.split(':').some((folder) => folder.startsWith('/') && isExecutable(`${folder}/${PROGRAM}`))) return PROGRAM;
  const real = realpathSync(script);
  return isExecutable(real) ? quote(real) : `${quote(process.execPath)} ${quote(real)}`;
}
