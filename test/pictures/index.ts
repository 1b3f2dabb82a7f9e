/** `npm run screenshots`: runs the main job on the lab's hosts and keeps its screens as pictures for the README. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLab } from '../lab/index.js';
import { buildWizard, dailyRelease } from '../lab-tests/support.js';
import { driveInk, startWizard } from '../lab-tests/wizard-drive.js';
import { KEY, type WizardProcess } from '../pty/harness.js';
import { screenSvg } from './svg.js';

const DIR = join('.github', 'pictures');
const SIZE = { cols: 100, rows: 30 } as const;
/** The pictures, by words of the screen that each shows. */
const WANTED: Readonly<Record<string, string>> = {
  'Enter start': 'welcome',
  '* would change.': 'advice',
  'a approve': 'plan',
  'k keep': 'verify',
};

function keep(terminal: WizardProcess, name: string): void {
  writeFileSync(join(DIR, `${name}.svg`), screenSvg(terminal.terminal, `moodle-cluster-wizard: ${name}`));
  console.log(`${DIR}/${name}.svg`);
}

buildWizard();
mkdirSync(DIR, { recursive: true });
const lab = await startLab({ name: 'pictures', release: dailyRelease(), webs: 2 });
try {
  const first = startWizard(lab, SIZE);
  await driveInk(first, async (screen) => {
    if (screen === 'the run') {
      await first.waitFor('Stage 2', { timeoutMs: 400_000 });
      keep(first, 'apply');
    }
    const name = WANTED[screen];
    if (name === undefined) return;
    await first.settle(300);
    keep(first, name);
  });
  await first.exited(400_000);
  // A node without power: what the wizard makes of it.
  await lab.hosts.web2.powerOff();
  const second = startWizard(lab, SIZE);
  await second.waitFor('Enter start', { timeoutMs: 60_000 });
  const until = Date.now() + 300_000;
  for (let screen = ''; !screen.includes('o exclude') && Date.now() < until; screen = second.screen().join('\n')) {
    if (/Enter (start|ok|add|begin|continue)/.test(screen)) second.type(KEY.enter);
    await second.settle(500);
  }
  await second.waitFor('o exclude');
  await second.settle(300);
  keep(second, 'failure');
  second.kill('SIGKILL');
} finally {
  await lab.down();
}
process.exit(0);
