import { describe, expect, it } from 'vitest';
import { combineErrors, WizardError } from '../../../src/core/errors.js';
import { type Remedy, remedy, sh } from '../../../src/core/remedy.js';
import { renderAdvice, renderChecks, renderError, renderFindings, renderPlan, renderReport } from '../../../src/ui/text/index.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';
import { displayWidth } from '../../../src/ui/text/width.js';
import { ADVICE, CHECKS, FAILED_CHECK, FINDINGS, LOST, PLAN } from './fixtures.js';

const at = (width: number) => ({ ...PLAIN_STYLE, width });

describe('renderers', () => {
  it.each([40, 60, 80, 160])('stay within %i columns', (width) => {
    const style = at(width);
    const all = [
      ...renderAdvice(ADVICE, style, true),
      ...renderFindings(FINDINGS, style, true),
      ...renderChecks([...CHECKS, FAILED_CHECK], style),
      ...renderPlan(PLAN, style, { detail: 'full', fold: true }),
      ...renderError(LOST, style),
    ];
    for (const line of all) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
  });

  it('colours without changing the text', () => {
    const plain = renderPlan(PLAN, at(80));
    const coloured = renderPlan(PLAN, { ...at(80), colour: true });
    expect(coloured.map((l) => l.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(plain);
    expect(coloured.join('')).toContain('\u001b[32m');
  });

  it('keeps to ASCII when asked', () => {
    const style = { ...at(80), ascii: true };
    const text = [
      ...renderChecks([...CHECKS, FAILED_CHECK], style),
      ...renderError(LOST, style),
      ...renderAdvice(ADVICE, style),
      ...renderPlan(PLAN, style),
    ].join('\n');
    expect(text).toMatch(/^[\x0a\x20-\x7e]*$/);
  });

  it('shows every effect, its undo and its risk', () => {
    const text = renderPlan(PLAN, at(120)).join('\n');
    for (const change of PLAN.stages.flatMap((s) => s.changes)) {
      expect(text).toContain(change.what);
      if (change.risk !== 'gate') expect(text).toContain(`Undo: ${change.undo}`);
    }
    expect(text).toContain("+        'password' => '(changed)',");
    expect(text).toContain('Interrupts: PHP-FPM reloads');
  });

  it('tells a failure with where, evidence, remedies and how to go on', () => {
    const lines = renderError(LOST, at(80), { resume: remedy`moodle-cluster-wizard apply --resume`, log: '/x/run.log' });
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "✖ The connection to web2 broke while php8.2-redis was being installed; whether
        it is installed is unknown.
        Where: on web2; step 3 of the guide, "Install the cache support on the
               servers"
        Output:
          | Preparing to unpack .../php8.2-redis_5.3.7_amd64.deb ...
          | Unpacking php8.2-redis (5.3.7) ...
          | Connection reset by peer
        Try:
          • Check that web2 is up: ping 10.0.0.22
          • Resume: web2 is surveyed again first, nothing is repeated blindly

      Log: /x/run.log
      To resume: moodle-cluster-wizard apply --resume
      Details: moodle-cluster-wizard explain link-lost"
    `);
  });

  it('tells nodes with the same trouble together, and others apart', () => {
    const refused = (node: string, advice: Remedy) =>
      new WizardError('login-refused', `${node} does not let deploy@${node} in.`, { nodes: [node], remedies: [advice] });
    const error = combineErrors([refused('web1', remedy`ssh deploy@web1`), refused('web2', remedy`ssh deploy@web2`), refused('web10', remedy`ask its owner`)]);
    const text = renderError(error, at(80)).join('\n');
    expect(text).toContain('Where: on web1, same on web2');
    expect(text).not.toContain('deploy@web2');
    expect(text).toContain('1 more problem:');
    expect(text).toContain('web10 does not let');
  });

  it('leaves commands in one piece where they are to be copied', () => {
    const command = sh`echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/moodle-cluster-wizard`;
    const error = new WizardError('sudo-refused', 'sudo refused', { remedies: [remedy`Allow it, on web1: ${command}`] });
    expect(renderError(error, at(80), { copyable: true }).some((line) => line.endsWith(command.text))).toBe(true);
  });

  it('tells all troubles at once and takes escapes of other machines out', () => {
    const error = new WizardError('host-unreachable', "Can't reach \u001b[2Jweb1", { others: [new WizardError('login-refused', 'web2 refuses')] });
    const text = renderError(error, at(80)).join('\n');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('1 more problem:');
    expect(text).toContain('web2 refuses');
  });

  it('shows nodes × stores with the slowest round trip, and the failure below', () => {
    expect(renderChecks([...CHECKS.slice(0, 8), FAILED_CHECK], at(80)).join('\n')).toMatchInlineSnapshot(`
      "Node  redis1        apcu
      main  ready 0.6 ms  ready <0.1 ms
      web1  ready 0.7 ms  ready <0.1 ms
      web2  FAILED

      ✖ web2: redis1 ready (web): failed
          Connection refused from 10.0.0.22 to 10.0.0.41:6379
          Try: Open port 6379 on cache1 for 10.0.0.22 (firewalld: the zone public does
               not list it)

      8 of 9 checks passed, 1 failed."
    `);
  });

  it('makes a report for the change ticket', () => {
    const text = renderReport(PLAN, { trialSeconds: 120 }).join('\n');
    for (const part of ['Expected interruption', 'Irreversible changes', 'Rollback', 'Duration', 'trial of 2 min', PLAN.hash]) expect(text).toContain(part);
  });
});
