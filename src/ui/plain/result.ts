/** The end of a run line by line: its result, and what can be done next. */

import { excludableNodes, excludeAndReplan } from '../flow/exclude.js';
import { EMPTY_LOG, ENDING, formatTrialLeft, TRIAL_HELP } from '../messages.js';
import { cellTitle, type FailedCell, failedCells, renderCell } from '../text/render-cell.js';
import { renderChecks } from '../text/render-checks.js';
import { renderError } from '../text/render-error.js';
import { paint } from '../text/render-style.js';
import { wrap, wrapWith } from '../text/width.js';
import { askMenu } from './ask.js';
import { askReason } from './leave-out.js';
import { formatExclude, formatNumberRange, MENU, PROMPT } from './messages.js';
import { type PlainPage, type Turn, takenUp } from './pages.js';

/** The result of a run, and what can be done next. */
export async function resultPage(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const { result, run } = wizard.getState();
  if (!result) return 'leave';
  if (run.checks.length > 0) io.say(['', ...renderChecks(run.checks, io.style)]);
  io.say([
    '',
    ...(result.error
      ? renderError(result.error, io.style, { ...(result.log ? { log: result.log } : {}), ...(result.resume ? { resume: result.resume } : {}) })
      : wrap(result.message, io.style.width).map((l) => paint(io.style, 'strong', l))),
  ]);
  if (result.restorePoint) io.say([`Restore point: ${result.restorePoint}`]);
  if (result.outcome === 'on-trial') {
    io.say(['', ...TRIAL_HELP.flatMap((p) => wrap(p, io.style.width)), '']);
    if (result.trialEndsAt !== undefined) io.say(wrap(`${formatTrialLeft(result.trialEndsAt, Date.now())}.`, io.style.width));
    const choice = await askMenu(io, [
      { id: 'keep' as const, label: MENU.keep },
      { id: 'more' as const, label: MENU.moreTime },
      { id: 'revert' as const, label: MENU.revert },
    ]);
    if (choice !== 'keep' && choice !== 'revert' && choice !== 'more') return choice;
    io.say([ENDING[choice]]);
    await wizard.endTrial(choice);
    return 'again';
  }
  if (result.exitCode === 0) return 'leave';
  return failureMenu(page);
}

/** Checks that did not pass, by number; a number opens one. */
async function openChecks({ io, wizard }: PlainPage, cells: readonly FailedCell[]): Promise<void> {
  for (;;) {
    io.say(['', ...cells.flatMap((cell, i) => wrapWith(`  ${i + 1}. `, cellTitle(cell), io.style.width)), MENU.zero]);
    const check = (text: string) => (text === '0' || cells[Number(text) - 1] ? null : formatNumberRange(0, cells.length));
    const reply = await io.ask(PROMPT.number, { default: '0', check });
    const cell = reply.type === 'text' ? cells[Number(reply.text) - 1] : undefined;
    if (!cell) return;
    const { run } = wizard.getState();
    io.say(['', ...renderCell(cell, run.checks, run.log, io.style)]);
  }
}

async function failureMenu(page: PlainPage): Promise<Turn> {
  const { io, wizard } = page;
  const { run, result, runKind } = wizard.getState();
  const changed = run.changes.some((c) => !c.gate && c.state !== 'open' && c.state !== 'skipped');
  const without = excludableNodes(wizard.getState());
  const cells = failedCells(run.checks);
  for (;;) {
    const choice = await askMenu(io, [
      { id: 'retry' as const, label: MENU.replan },
      ...(changed && result?.outcome !== 'reverted' ? [{ id: 'rollback' as const, label: MENU.rollbackRun }] : []),
      ...(without.length > 0 ? [{ id: 'out' as const, label: formatExclude(without, true) }] : []),
      ...(cells.length > 0 ? [{ id: 'checks' as const, label: MENU.openCheck }] : []),
      { id: 'log' as const, label: MENU.log },
      { id: 'leave' as const, label: MENU.leave },
    ]);
    if (choice === 'log') io.say(run.log.length === 0 ? [EMPTY_LOG] : run.log.slice(-40).flatMap((l) => wrapWith('  ', l, io.style.width)));
    else if (choice === 'checks') await openChecks(page, cells);
    else if (choice === 'out') {
      return askReason(page, without, excludeAndReplan);
    } else if (choice === 'rollback' || (choice === 'retry' && runKind === 'rollback')) {
      // After a rollback, trying again repeats the rollback.
      return takenUp(page, 'rollback');
    } else if (choice === 'retry') {
      wizard.dispatch({ type: 'retry', what: 'plan' });
      wizard.dispatch({ type: 'goto', page: 'plan' });
      return 'again';
    } else return choice;
  }
}
