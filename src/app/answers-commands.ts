/** `answers schema | init | check FILE`: no node is touched, no secret's command is run. */

import { readFileSync } from 'node:fs';
import { initAnswers } from '../answers/init.js';
import { jsonSchema } from '../answers/keys.js';
import { loadAnswers } from '../answers/load.js';
import { localSecretIo } from '../answers/secret-io.js';
import { checkSecrets } from '../answers/secrets.js';
import { asWizardError, combineErrors, EXIT, WizardError } from '../core/errors.js';
import { errorJson, renderError } from '../ui/text/index.js';
import type { CommandOptions } from './options.js';

async function check(file: string): Promise<void> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WizardError('usage', `Cannot read the answers file ${file}: ${(cause as Error).message}`, { cause });
  }
  const { answers } = loadAnswers(text, file);
  const troubles = await checkSecrets(answers, localSecretIo(file));
  if (troubles.length > 0) throw combineErrors(troubles);
}

/** @returns the exit code */
export async function answersCommand(command: string, options: CommandOptions): Promise<number> {
  const out = (text: string) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (command === 'answers schema') {
    out(JSON.stringify(jsonSchema(), null, 2));
    return EXIT.done;
  }
  if (command === 'answers init') {
    out(initAnswers());
    return EXIT.done;
  }
  try {
    await check(options.answers ?? '');
    out(options.json ? JSON.stringify({ version: 1, command, exitCode: EXIT.done, outcome: 'unchanged' }) : `${options.answers}: correct.`);
    return EXIT.done;
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (options.json) out(JSON.stringify({ version: 1, command, exitCode: error.exitCode, outcome: 'unchanged', error: errorJson(error) }, null, 2));
    else process.stderr.write(`${renderError(error).join('\n')}\n`);
    return error.exitCode;
  }
}
