/** What the web user or a local user can say of a node is no path, no account and no option of root's. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { webUserOf } from '../../../src/engine/session/session.js';
import { nodeFiles } from '../../../src/engine/trial/node-files.js';
import { fakeExecutor } from '../../../src/exec/fake.js';
import { bridgeSite } from '../../../src/moodle/bridge.js';
import { siteRefusals } from '../../../src/survey/findings.js';
import { askServices } from '../../../src/survey/reach.js';
import { webUserRefusals } from '../../../src/survey/refusals-user.js';
import { surveyNode } from '../../../src/survey/survey.js';
import { CLUSTER, clusterNode, MOODLE, moodleNode, nodeFacts, POOL } from '../survey/world.js';

const FORGED = { ...MOODLE, dirroot: '/tmp/evil' };
const DIRROOT = '/var/www/moodle';

describe("the folder of Moodle's code", () => {
  it("is the answers' in the facts, whatever the bridge says", async () => {
    const answer = JSON.stringify({ phpBinary: '/usr/bin/php8.2', webUser: 'www-data', sitePool: 0, pools: [POOL], moodle: FORGED, reach: [] });
    const executor = fakeExecutor(clusterNode('web1', ['web']), [
      {
        when: 'mcw-survey',
        answer: (call) => {
          const [mark] = String(call.cmd.stdin).split('\n', 1);
          return { stdout: `${mark} moodle-node\n${answer}\n${mark} end\n` };
        },
      },
    ]);
    const request = { dirroot: DIRROOT, paths: [], services: [], hmacKey: 'k', webToken: 't', templatesDir: 'templates' };
    expect((await surveyNode(executor, request)).moodle?.dirroot).toBe(DIRROOT);
  });
  it("is the answers' in calls of the bridge and in what a trial leaves on a node", () => {
    expect(bridgeSite(FORGED, DIRROOT).dirroot).toBe(DIRROOT);
    const files = nodeFiles({
      id: 'i',
      site: 's',
      toolkitDir: '/kit',
      facts: moodleNode('web1'),
      moodle: FORGED,
      dirroot: DIRROOT,
      webUser: 'www-data',
      pools: [POOL],
      before: null,
      ours: [],
      reload: false,
      empty: { own: [], web: [], shared: [] },
      token: 't',
      marker: 'm',
    });
    expect(files.map((f) => f.content.toString('utf8')).join()).not.toContain('/tmp/evil');
    expect(files.find((f) => f.path === 'conf')?.content.toString('utf8')).toContain(`dirroot=${DIRROOT}\n`);
  });
});

describe('the path of the cache configuration', () => {
  it('is the same on every node, or the run is refused: no command to paste names a file of their choice', () => {
    const web1 = moodleNode('web1', { mucFile: { ...MOODLE.mucFile, path: '/etc/shadow', owner: 'root' } });
    expect(siteRefusals(CLUSTER, { nodes: { main: moodleNode('main'), web1 }, site: null })).toEqual([
      expect.objectContaining({ code: 'nodes-differ', nodes: ['web1', 'main'], message: expect.stringContaining('/etc/shadow') }),
    ]);
  });
  it("comes with Moodle's lock, which a person removes as the web user and not as the owner that the node names", () => {
    const web1 = moodleNode('web1', {
      mucFile: { ...MOODLE.mucFile, owner: 'root' },
      mucLock: { path: '/etc/passwd', exists: true, ageSeconds: 4000 },
    });
    const [error] = siteRefusals(CLUSTER, { nodes: { main: moodleNode('main'), web1 }, site: null });
    expect(error?.code).toBe('muc-lock-stale');
    expect(error?.remedies.join()).toContain('runuser -u www-data --');
  });
});

describe('the web user', () => {
  const refused = nodeFacts('web1', { webUserRefused: { asked: 'deploy', known: ['www-data'] } });
  it('of the answers is refused in the words of the answers where the node does not confirm it', () => {
    const [error, ...others] = webUserRefusals({ ...CLUSTER, webUser: 'deploy' }, { main: moodleNode('main'), web1: refused });
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'answers-invalid', exitCode: 2, nodes: ['web1'], remedies: [expect.stringContaining('www-data')] });
    expect(error?.message).toContain('deploy');
  });
  it('is the one that the node confirmed, never one that only the answers name', () => {
    expect(webUserOf({ ...CLUSTER, webUser: 'root' }, moodleNode('main'))).toBe('www-data');
    expect(() => webUserOf({ ...CLUSTER, webUser: 'deploy' }, refused)).toThrow(/unknown/);
  });
  it('asks cache services; root does not, not even where the web user is not known', async () => {
    const executor = fakeExecutor(clusterNode('web1', ['web']), [{ when: 'bridge.php', answer: { code: 1 } }]);
    const service = { service: 'redis1', plugin: 'redis', host: 'h', port: 1 };
    expect(await askServices(executor, '/kit', nodeFacts('web1'), [service])).toEqual([expect.objectContaining({ service: 'redis1', ok: false })]);
    expect(executor.calls).toEqual([]);
    await askServices(executor, '/kit', moodleNode('web1'), [service]);
    expect(executor.calls.map((c) => c.options?.as)).toEqual([{ user: 'www-data' }]);
  });
});

describe('names and folders in scripts', () => {
  const run = (...argv: string[]): string => {
    try {
      return execFileSync('sh', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (thrown) {
      return (thrown as { stdout: string }).stdout;
    }
  };
  it('are never options of getent', () => {
    expect(run('templates/sh/resolve.sh', '--help', '-s', 'localhost')).toMatch(/^--help\t\n-s\t\nlocalhost\t\S+\n$/);
  });
  it('are no patterns: a task is found by its folder, also when it was started from there', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'mcw-drain-'));
    const dirroot = join(dir, 'a+b');
    for (const name of ['a+b/admin/cli', 'aab/admin/cli']) mkdirSync(join(dir, name), { recursive: true });
    const start = (cwd: string, file: string) => spawn('sh', ['-c', 'sleep 60; :', 'x', file], { cwd, stdio: 'ignore', detached: true });
    const drain = () => run('templates/sh/drain.sh', '0', userInfo().username, dirroot, 'fpm:mcw-no-such-unit.service');
    const started = [start(join(dir, 'aab'), 'admin/cli/cron.php'), start(dir, join(dir, 'aab/admin/cli/cron.php'))];
    try {
      await sleep(300);
      expect(drain()).not.toContain('aab');
      started.push(start(dirroot, 'admin/cli/cron.php'), start('/', `${dirroot}/admin/cli/adhoc_task.php`));
      await sleep(300);
      const busy = drain();
      for (const child of started.slice(2)) expect(busy).toContain(`busy ${child.pid} `);
      for (const child of started.slice(0, 2)) expect(busy).not.toContain(`busy ${child.pid} `);
    } finally {
      for (const child of started) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      rmSync(dir, { recursive: true });
    }
  });
});
