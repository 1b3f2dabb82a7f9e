/** The front ends with fixtures behind them, for a terminal: `fixture-app.ts MODE FAKE initial|fresh`. */

import { remedy } from '../../src/core/remedy.js';
import { ignoreClosedPipes, runCleanups } from '../../src/ui/terminal.js';
import type { WizardOptions } from '../../src/ui/wizard-port.js';
import { createFakeBackend, type FakeOptions } from '../unit/ui/fake-backend.js';
import { ANSWERS } from '../unit/ui/fixtures.js';

const [mode = 'ink', fake = '{}', start = 'fresh'] = process.argv.slice(2);
const options: WizardOptions = {
  ...(start === 'initial' ? { initial: ANSWERS } : {}),
  answersPath: 'answers.yaml',
  resumeCommand: remedy`moodle-cluster-wizard --answers answers.yaml`,
  trialSeconds: 120,
  version: '0.1.0',
};
ignoreClosedPipes();
const backend = createFakeBackend(JSON.parse(fake) as FakeOptions);
const run = mode === 'plain' ? (await import('../../src/ui/plain.js')).runPlainWizard : (await import('../../src/ui/ink/index.js')).runInkWizard;
const result = await run(backend, options);
process.stdout.write(`ended ${JSON.stringify(result)}\n`);
await runCleanups();
process.exitCode = result.exitCode;
