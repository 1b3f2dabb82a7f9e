/** `answers schema | init | check FILE`. They contact no node and run no command of a secret. */

import { initAnswers } from '../answers/init.js';
import { jsonSchema } from '../answers/keys.js';
import { localSecretIo } from '../answers/secret-io.js';
import { checkSecrets } from '../answers/secrets.js';
import { combineErrors, EXIT } from '../core/errors.js';
import { safeJson } from '../core/safe-json.js';
import { writeText } from '../ui/writer.js';
import { fromFile } from './answers-source.js';
import type { CommandOptions } from './options.js';
import { reportRefusal } from './usage.js';

async function check(file: string): Promise<void> {
  const { answers } = fromFile(file);
  const problems = await checkSecrets(answers, localSecretIo(file));
  if (problems.length > 0) throw combineErrors(problems);
}

/** @returns the exit code */
export async function answersCommand(command: string, options: CommandOptions): Promise<number> {
  const out = (text: string) => writeText('stdout', text.endsWith('\n') ? text : `${text}\n`);
  if (command === 'answers schema') {
    out(safeJson(jsonSchema(), { indent: 2 }));
    return EXIT.done;
  }
  if (command === 'answers init') {
    out(initAnswers());
    return EXIT.done;
  }
  try {
    await check(options.answers ?? '');
    out(options.json ? safeJson({ version: 1, command, exitCode: EXIT.done, outcome: 'unchanged' }) : `${options.answers}: valid.`);
    return EXIT.done;
  } catch (thrown) {
    return reportRefusal(command, thrown, options);
  }
}
