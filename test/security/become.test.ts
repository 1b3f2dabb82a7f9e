/** Everything that root runs by hand in a terminal while the web user's PHP is hostile: nothing is typed, no terminal is reached, no environment leaks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sh } from '../../src/core/remedy.js';
import { pasteAs } from '../../src/exec/paste-as.js';
import type { Lab } from '../lab/index.js';
import { answersText, mucState, putAnswers, told, wizard } from '../lab-tests/support.js';
import { type Attack, attempts, effects, hostile, inTerminal, plantHostilePhp, removeHostilePhp } from './become-lab.js';
import { TARGETS, targetLab } from './lab.js';

const RECORD = '/var/lib/moodle-cluster-wizard';
const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes'] as const;

describe.each(TARGETS)('hostile PHP against root’s terminal on %s', (release) => {
  let lab: Lab;
  let before = '';
  let tried = 0;

  const attackFree = async (command: string, code: number, seconds?: number, own: readonly string[] = []): Promise<Attack> => {
    const attack = await inTerminal(lab, command, seconds);
    console.log(
      `${release}: ${command}: exit ${attack.code}, ${attack.seconds} s, ${attempts(attack)} attempts, effects: ${JSON.stringify(effects(attack, own))}`,
    );
    tried += attempts(attack);
    expect(effects(attack, own), attack.screen).toEqual([]);
    expect(attack.code, attack.screen).toBe(code);
    return attack;
  };
  const ran = (attack: Attack): boolean => attack.report.some((line) => line.startsWith('run '));
  const apply = async (...args: readonly string[]) => {
    const applied = await wizard(lab, [...APPLY, ...args]);
    expect(applied.code, told(applied)).toBe(0);
  };

  beforeAll(async () => {
    lab = await targetLab(release);
    await putAnswers(lab, answersText('trial'));
    await lab.hosts.main.must('install -d -o www-data -g www-data /mnt/moodledata/beside');
    before = await mucState(lab);
  });
  afterAll(async () => {
    console.log(`${release}: ${tried} attempts`);
    await lab?.down();
  });

  it('the attack sees and reaches a terminal when it is given one, so that it could be seen', async () => {
    await plantHostilePhp(lab);
    const attack = await inTerminal(lab, 'runuser -u www-data -- php /var/www/moodle/version.php');
    expect(effects(attack).join('\n')).toMatch(/dev-tty opened/);
    expect(effects(attack).join('\n')).toMatch(/escape sequence on the screen/);
    expect(attack.report).toContain('canary own');
    await removeHostilePhp(lab);
  });

  it('break-glass.sh', async () => {
    await apply('--no-trial');
    await plantHostilePhp(lab);
    const attack = await attackFree(`sh ${RECORD}/sites/*/break-glass.sh`, 0);
    expect(ran(attack)).toBe(true);
    expect(await mucState(lab)).toBe(before);
  });

  it('break-glass.sh comes to an end when PHP hangs and holds its streams open, and when it floods them', async () => {
    await hostile(lab, 'hang', true);
    const hung = await attackFree(`PURGE_SECONDS=5 sh ${RECORD}/sites/*/break-glass.sh`, 0, 90);
    expect(hung.seconds).toBeLessThan(60);
    expect(hung.screen).toMatch(/purge/);
    await hostile(lab, 'hang', false);
    await hostile(lab, 'flood', true);
    await attackFree(`sh ${RECORD}/sites/*/break-glass.sh`, 0);
    await hostile(lab, 'flood', false);
    await removeHostilePhp(lab);
    const back = await wizard(lab, ['rollback', '--yes']);
    expect(back.code, told(back)).toBe(0);
  });

  it('every verb of a trial: rehearse, status, watch, revert', async () => {
    await apply('--confirm-within', '3600');
    await plantHostilePhp(lab);
    const trial = `sh ${RECORD}/trial/*/trial.sh`;
    expect(ran(await attackFree(`${trial} rehearse`, 0))).toBe(true);
    await hostile(lab, 'flood', true);
    await attackFree(`${trial} rehearse`, 1);
    await hostile(lab, 'flood', false);
    await attackFree(`${trial} status`, 0);
    await attackFree(`timeout --foreground 6 ${trial} watch`, 124);
    expect(ran(await attackFree(`${trial} revert`, 0))).toBe(true);
    expect(await mucState(lab)).toBe(before);
    await removeHostilePhp(lab);
    const back = await wizard(lab, ['revert']);
    console.log(told(back).slice(0, 300));
    await wizard(lab, ['rollback', '--yes']);
    expect(await mucState(lab)).toBe(before);
  });

  it('a trial is not ended by another site that reports the same id', async () => {
    await apply('--confirm-within', '3600');
    const script = `d=$(ls -d ${RECORD}/trial/*/); kit=$(sed -n 's/^kit=//p' $d/conf); mkdir -p /root/t; sed 's#^dirroot=.*#dirroot=/srv/other#' $d/conf >/root/t/conf; : >/root/t/complete
      tar -C /root/t -cf - conf complete | sh $kit/trial/arm.sh $(basename $d) 900 ${'a'.repeat(64)}; code=$?; grep ^dirroot= $d/conf; exit $code`;
    const armed = await lab.hosts.main.exec(script);
    expect(armed.code).toBe(1);
    expect(armed.stdout).toMatch(/another site or web user/);
    expect(armed.stdout).toContain('dirroot=/var/www/moodle');
    await wizard(lab, ['revert']);
    await wizard(lab, ['rollback', '--yes']);
    expect(await mucState(lab)).toBe(before);
  });

  it('confirm of a trial', async () => {
    await apply('--confirm-within', '3600');
    await plantHostilePhp(lab);
    await attackFree(`sh ${RECORD}/trial/*/trial.sh confirm`, 0);
    await removeHostilePhp(lab);
    await wizard(lab, ['status']);
    await wizard(lab, ['rollback', '--yes']);
  });

  it('a command that the wizard prints to be pasted', async () => {
    await plantHostilePhp(lab);
    const attack = await attackFree(pasteAs('www-data', sh`php /var/www/moodle/version.php`).text, 0, 60, ['USER', 'LOGNAME']);
    expect(ran(attack)).toBe(true);
    expect(attack.screen).toContain('^[]0;PWNED');
    await removeHostilePhp(lab);
  });

  it('the wizard itself: plan and status in a terminal', async () => {
    await plantHostilePhp(lab);
    expect(ran(await attackFree('moodle-cluster-wizard plan --answers /root/answers.yaml', 10, 180))).toBe(true);
    await attackFree('moodle-cluster-wizard status', 0, 180);
    await removeHostilePhp(lab);
  });
});
