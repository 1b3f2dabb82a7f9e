/** The interactive command: chooses a front end and lends it the engine. */

import { existsSync } from 'node:fs';
import { WizardError } from '../core/errors.js';
import { DEFAULT_TRIAL_SECONDS } from '../core/trial.js';
import { chooseFrontend, detectTerminal, ignoreClosedPipes, runCleanups } from '../ui/terminal.js';
import { lazyBackend } from './lazy-backend.js';
import type { CommandOptions } from './options.js';
import { packageVersion } from './package.js';

/** @throws WizardError `answers-invalid`, `usage` */
async function yamlOf(file: string): Promise<unknown> {
  const [{ parse }, { readAnswersText }] = await Promise.all([import('./yaml.js'), import('./answers-source.js')]);
  const text = readAnswersText(file);
  try {
    return parse(text);
  } catch (cause) {
    throw new WizardError('answers-invalid', `${file} is not YAML: ${(cause as Error).message.split('\n')[0]}`, {
      cause,
      remedies: [
        `See every fault with its place: moodle-cluster-wizard answers check ${file}`,
        'Or begin anew with another file: moodle-cluster-wizard --answers OTHER.yaml',
      ],
    });
  }
}

/** Runs the wizard. @returns the exit code. @throws WizardError `usage` without a terminal */
export async function wizardCommand(options: CommandOptions): Promise<number> {
  ignoreClosedPipes();
  const choice = chooseFrontend(detectTerminal(), { plain: options.plain === true, screenReader: options.screenReader === true });
  if (choice.frontend === 'headless') {
    throw new WizardError('usage', choice.reason ?? 'The wizard needs a terminal.', {
      remedies: [
        'Run it in a terminal on the main server; over SSH with: ssh -t SERVER moodle-cluster-wizard',
        'Or without questions, from an answers file: moodle-cluster-wizard plan --answers answers.yaml',
        'Such a file to start from: moodle-cluster-wizard answers init > answers.yaml',
      ],
    });
  }
  if (choice.reason) process.stderr.write(`${choice.reason}\n`);
  const answersPath = options.answers ?? 'answers.yaml';
  const initial = existsSync(answersPath) ? await yamlOf(answersPath) : undefined;
  const backend = lazyBackend(async () => {
    const [{ App }, { createBackend }] = await Promise.all([import('./app.js'), import('./backend.js')]);
    return createBackend(new App({ stateDir: options.stateDir, signal: new AbortController().signal }), () => answersPath);
  });
  const wizardOptions = {
    ...(initial === undefined ? {} : { initial }),
    answersPath,
    resumeCommand: `moodle-cluster-wizard --answers ${answersPath}`,
    trialSeconds: DEFAULT_TRIAL_SECONDS,
    version: packageVersion(),
    screenReader: options.screenReader === true,
  };
  try {
    const run = choice.frontend === 'ink' ? (await import('../ui/ink/index.js')).runInkWizard : (await import('../ui/plain.js')).runPlainWizard;
    return (await run(backend, wizardOptions)).exitCode;
  } finally {
    await runCleanups();
  }
}
