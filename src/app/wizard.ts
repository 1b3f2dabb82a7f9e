/** The interactive command: chooses a front end and lends it the engine. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Draft, tidy } from '../answers/draft.js';
import { WizardError } from '../core/errors.js';
import { ownCommand } from '../core/program.js';
import { remedy, sh } from '../core/remedy.js';
import { DEFAULT_TRIAL_SECONDS } from '../core/trial.js';
import { isThere } from '../local/look.js';
import { chooseFrontend, detectTerminal, ignoreClosedPipes, runCleanups } from '../ui/terminal.js';
import type { WizardBackend } from '../ui/wizard-port.js';
import { writeLine } from '../ui/writer.js';
import { lazyBackend } from './lazy-backend.js';
import type { CommandOptions } from './options.js';
import { packageVersion } from './package.js';

/** Where answers are kept unless a person names a file: in the folder the wizard was started in, or at home when that is `/`, where npx is to be run. */
export function defaultAnswersPath(cwd: string, home: string): string {
  return cwd === '/' ? join(home, 'answers.yaml') : 'answers.yaml';
}

/** What an answers file says so far. @throws WizardError `answers-invalid`, `usage` */
async function draftOf(file: string): Promise<Draft> {
  const { draftFromFile } = await import('./answers-source.js');
  return draftFromFile(file);
}

/** Saves only what differs from what the file is known to say: its comments and its layout are the person's. */
export function savesChangesOnly(backend: WizardBackend, loaded: Draft | undefined): WizardBackend {
  // The wizard's draft has a version even where the file has none, or where there is no file.
  let there: unknown = tidy({ version: 1, ...loaded });
  let file = loaded !== undefined;
  return {
    ...backend,
    saveAnswers: async (answers, path) => {
      if (isDeepStrictEqual(answers, there)) return { path, how: file ? 'as-it-was' : 'nothing' };
      const saved = await backend.saveAnswers(answers, path);
      there = answers;
      file = true;
      return saved;
    },
  };
}

/** Runs the wizard. @returns the exit code. @throws WizardError `usage` without a terminal */
export async function wizardCommand(options: CommandOptions): Promise<number> {
  ignoreClosedPipes();
  const choice = chooseFrontend(detectTerminal(), { plain: options.plain === true, screenReader: options.screenReader === true });
  if (choice.frontend === 'headless') {
    throw new WizardError('usage', choice.reason ?? 'The wizard needs a terminal.', {
      remedies: [
        remedy`Run it in a terminal on the main server; over SSH with: ssh -t SERVER moodle-cluster-wizard`,
        remedy`Or without questions, from an answers file: moodle-cluster-wizard plan --answers answers.yaml`,
        remedy`Such a file to start from: moodle-cluster-wizard answers init > answers.yaml`,
      ],
    });
  }
  if (choice.reason) writeLine('stderr', choice.reason);
  const answersPath = options.answers ?? defaultAnswersPath(process.cwd(), homedir());
  if (options.stateDir !== undefined) (await import('./output.js')).assertStateDir(options.stateDir);
  const initial = isThere(answersPath) ? await draftOf(answersPath) : undefined;
  const engine = lazyBackend(async () => {
    const [{ App }, { createBackend }] = await Promise.all([import('./app.js'), import('./backend.js')]);
    return createBackend(
      new App({ stateDir: options.stateDir, signal: new AbortController().signal, concurrency: options.concurrency }),
      () => answersPath,
      initial === undefined ? null : answersPath,
    );
  });
  const backend = savesChangesOnly(engine, initial);
  const wizardOptions = {
    ...(initial === undefined && options.track === undefined
      ? {}
      : { initial: { ...initial, ...(options.track === undefined ? {} : { track: options.track }) } }),
    answersPath,
    resumeCommand: ownCommand(sh`--answers ${resolve(answersPath)}`),
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
