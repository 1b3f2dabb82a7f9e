import { describe, expect, it } from 'vitest';
import type { WizardEvent } from '../../../src/core/events.js';
import { type FakeCall, fakeExecutor } from '../../../src/exec/fake.js';
import { certainSkew, nodeFacts, surveyCluster, surveyNode } from '../../../src/survey/survey.js';
import { clusterNode, MOODLE, POOL } from './world.js';

const REQUEST = {
  dirroot: '/var/www/moodle',
  paths: ['/etc/a', 'relative', '/with\nnewline'],
  services: [],
  hmacKey: 'k',
  webToken: 'the web token',
  templatesDir: 'templates',
};

/** What survey.sh prints, for the mark it was given. */
function printed(call: FakeCall, moodle = ''): { stdout: string } {
  const [mark] = String(call.cmd.stdin).split('\n', 1);
  return {
    stdout: [
      `clock ${(Date.now() + 3000) / 1000}`,
      `${mark} os-release`,
      'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"',
      `${mark} system`,
      'Linux\nhost\nboot\n1024000\nsystemd\napt\nabsent',
      ...(moodle === '' ? [] : [`${mark} moodle-node`, moodle]),
      `${mark} end`,
      '',
    ].join('\n'),
  };
}

describe('survey', () => {
  it('gives a Moodle node its request on stdin and reads what came back', async () => {
    const executor = fakeExecutor(clusterNode('web1', ['web']), [
      {
        when: 'mcw-survey',
        answer: (call) =>
          printed(
            call,
            JSON.stringify({ phpBinary: '/usr/bin/php8.2', webUser: 'www-data', sitePool: 0, pools: [POOL], moodle: MOODLE, mucStamp: '1 2.3', reach: [] }),
          ),
      },
    ]);
    const facts = await surveyNode(executor, REQUEST);
    expect(facts).toMatchObject({ node: 'web1', sitePool: 0, webUser: 'www-data', mucStamp: '1 2.3', memoryMb: 1000, os: { family: 'debian' } });
    expect(facts.clockSkew).toBeGreaterThan(2.5);
    expect(facts.clockSkew).toBeLessThan(3.5);
    const cmd = executor.calls[0]?.cmd ?? { argv: [], stdin: '' };
    expect(cmd.argv.slice(-2)).toEqual(['moodle', '/etc/a']);
    const [mark = '', request = ''] = String(cmd.stdin).split('\n');
    expect(JSON.parse(request)).toMatchObject({ dirroot: '/var/www/moodle', webToken: 'the web token' });
    expect(cmd.argv.join(' ')).not.toContain('the web token');
    // Who lists processes must not be able to print a section, nor a pool to learn the mark.
    expect(mark).toMatch(/^mcw-[0-9a-f]{18}$/);
    expect(cmd.argv.join(' ')).not.toContain(mark);
    expect(request).not.toContain(mark);
  });

  it('counts only what the way there and back cannot explain as skew', () => {
    expect(certainSkew(100.5, 100, 101)).toBe(0);
    expect(certainSkew(98, 100, 101)).toBe(-2);
    expect(certainSkew(104, 100, 101)).toBe(3);
  });

  it('sends no request to other nodes', async () => {
    const executor = fakeExecutor(clusterNode('cache1', ['cache']), [{ when: 'mcw-survey', answer: printed }]);
    const facts = await surveyNode(executor, REQUEST);
    expect(executor.calls[0]?.cmd.stdin).toMatch(/^mcw-[0-9a-f]{18}\n$/);
    expect(facts).toMatchObject({ moodle: null, pools: [], sitePool: null, reach: [] });
  });

  it('does not take half a survey for a whole one', async () => {
    const executor = fakeExecutor(clusterNode('cache1', ['cache']), [{ when: 'mcw-survey', answer: { code: 2, stderr: 'sh: syntax error\n' } }]);
    await expect(surveyNode(executor, REQUEST)).rejects.toMatchObject({ code: 'platform-refused', evidence: ['sh: syntax error'] });
  });

  it('tells the troubles of all nodes together', async () => {
    const ok = fakeExecutor(clusterNode('cache1', ['cache']), [{ when: 'mcw-survey', answer: printed }]);
    const bad = (name: string) => fakeExecutor(clusterNode(name, ['cache']), [{ when: 'mcw-survey', answer: { code: 2 } }]);
    const events: WizardEvent[] = [];
    const survey = surveyCluster(new Map([ok, bad('c2'), bad('c3')].map((e) => [e.node.name, e])), REQUEST, (event) => events.push(event));
    await expect(survey).rejects.toMatchObject({ nodes: ['c2'], others: [{ nodes: ['c3'] }] });
    expect(events.filter((e) => e.type === 'survey' && e.state === 'failed')).toHaveLength(2);
  });

  it('knows a system that is no Linux', () => {
    expect(nodeFacts('w', { system: 'Windows_NT\nw', 'os-release': '' }, 0, { dirroot: '/', paths: [], services: [] }).os).toMatchObject({
      id: 'windows_nt',
      family: 'other',
    });
  });
});
