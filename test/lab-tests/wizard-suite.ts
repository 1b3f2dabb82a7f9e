/** What files with tests of the wizard by key presses share: a lab, and the headless run that all must end like. */

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { parse } from 'yaml';
import type { Lab } from '../lab/index.js';
import type { WizardProcess } from '../pty/harness.js';
import { answersText, labFor, mucState, PASSWORD, putAnswers, quickRelease, told, wizard } from './support.js';
import { driveInk, drivePlain, SAVED, startWizard } from './wizard-drive.js';

/** What a run leaves: the MUC file, and the answers as they are on record on main. */
interface Left {
  readonly muc: string;
  readonly recorded: unknown;
}

const RECORD = '/var/lib/moodle-cluster-wizard/sites/*/answers.yaml';
const MOODLE_NODES = ['main', 'web1', 'web2'] as const;
/** Longer than any run takes: a machine that is busy with other things is no fault of the wizard. */
export const WIZARD_TIMEOUT_MS = 1_200_000;

export interface WizardSuite {
  /** The whole main job on the full screen of this size, from a site as just installed. */
  onScreen(cols: number, rows: number): Promise<void>;
  /** The same line by line. */
  byLines(): Promise<void>;
}

/** Call it within `describe`. */
export function wizardSuite(): WizardSuite {
  let lab: Lab;
  let headless: Left;
  let open: WizardProcess | null = null;

  const left = async (): Promise<Left> => ({ muc: await mucState(lab), recorded: parse(await lab.hosts.main.must(`cat ${RECORD}`)) });

  beforeAll(async () => {
    lab = await labFor({ release: quickRelease() });
    await putAnswers(lab, answersText('typed'));
    // With a trial, as the wizard's runs have one: the canary's mapping is written first, and Moodle keeps that order.
    const run = await wizard(lab, ['apply', '--answers', '/root/answers.yaml', '--yes', '--trial', '1'], { REDIS1_PASSWORD: PASSWORD });
    expect(run.code, told(run)).toBe(0);
    headless = await left();
  });
  afterEach(() => {
    open?.kill('SIGKILL');
    open = null;
  });
  afterAll(async () => {
    await lab?.down();
  });

  async function expectSameEnd(terminal: WizardProcess): Promise<void> {
    expect(await terminal.exited(400_000), terminal.history().join('\n')).toMatchObject({ exitCode: 0 });
    const text = terminal.history().join('\n');
    for (const node of MOODLE_NODES) expect(text).toMatch(new RegExp(`${node} +ready`));
    expect(text).toContain(`Answers saved in ${SAVED}`);
    expect(terminal.raw()).not.toContain(PASSWORD.slice(4));
    expect(await left()).toEqual(headless);
    expect(parse(await lab.hosts.main.must(`cat ${SAVED}`))).toEqual(parse(answersText('typed')));
  }

  return {
    async onScreen(cols, rows) {
      await lab.restore();
      const terminal = startWizard(lab, { cols, rows });
      open = terminal;
      await driveInk(terminal, async (name) => {
        await terminal.settle(50);
        const screen = terminal.screen();
        expect(
          screen
            .slice(rows - 2)
            .join('')
            .trim(),
          `two rows stay free at "${name}":\n${screen.join('\n')}`,
        ).toBe('');
      });
      await expectSameEnd(terminal);
      expect(terminal.raw(), 'the scrollback is not wiped').not.toContain('\u001b[3J');
    },
    async byLines() {
      await lab.restore();
      const terminal = startWizard(lab, { cols: 80, rows: 24 }, ['--plain']);
      open = terminal;
      await drivePlain(terminal);
      await expectSameEnd(terminal);
      for (const line of terminal.history()) expect(line.length).toBeLessThanOrEqual(80);
    },
  };
}
