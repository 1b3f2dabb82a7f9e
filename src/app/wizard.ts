/** The interactive command: chooses a front end and lends it the engine. */

import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { EXIT } from '../core/errors.js';
import { chooseFrontend, detectTerminal, ignoreClosedPipes, runCleanups } from '../ui/terminal.js';
import type { CommandOptions } from './options.js';

/** Runs the wizard. @returns the exit code */
export async function wizardCommand(options: CommandOptions): Promise<number> {
  ignoreClosedPipes();
  const choice = chooseFrontend(detectTerminal(), { plain: options.plain === true, screenReader: options.screenReader === true });
  if (choice.frontend === 'headless') {
    process.stderr.write(`${choice.reason ?? ''} Give an answers file: moodle-cluster-wizard plan --answers FILE (make one with: answers init).\n`);
    return EXIT.usage;
  }
  if (choice.reason) process.stderr.write(`${choice.reason}\n`);
  const answersPath = options.answers ?? 'answers.yaml';
  const initial: unknown = existsSync(answersPath) ? parse(readFileSync(answersPath, 'utf8')) : undefined;
  const [{ App }, { createBackend }] = await Promise.all([import('./app.js'), import('./backend.js')]);
  const app = new App({ stateDir: options.stateDir, signal: new AbortController().signal });
  const backend = createBackend(app, () => answersPath);
  const wizardOptions = {
    ...(initial === undefined ? {} : { initial }),
    answersPath,
    resumeCommand: `moodle-cluster-wizard --answers ${answersPath}`,
    trialSeconds: 0,
    version: app.version,
    screenReader: options.screenReader === true,
  };
  try {
    const run = choice.frontend === 'ink' ? (await import('../ui/ink/index.js')).runInkWizard : (await import('../ui/plain.js')).runPlainWizard;
    return (await run(backend, wizardOptions)).exitCode;
  } finally {
    await runCleanups();
  }
}
