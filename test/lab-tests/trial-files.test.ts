/** Files other than the MUC file on trial on real hosts: a virtual host on each node that loses the site, restored by the nodes themselves. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { changeEvent, NODES, put, runAtEvent } from './safety-lab.js';
import { labFor, mucConfig, mucState, pageStatus, quickRelease, told, wizard } from './support.js';
import { APPLY, armed, dropTokens, ended, hurry, prepareTrial, putBackByNodes } from './trial-lab.js';
import { installVhostWizard } from './vhost-wizard.js';

const release = quickRelease();
const VHOST = '/etc/nginx/sites-available/moodle';
const RECORD = '/var/lib/moodle-cluster-wizard';
const VHOSTS = [...APPLY, '--track', 'vhosts'] as const;

describe(`files on trial on Moodle ${release}`, () => {
  let lab: Lab;
  let muc = '';
  let vhosts: readonly string[] = [];

  const vhostsNow = () => Promise.all(NODES.map((node) => lab.host(node).must(`sha256sum <${VHOST}; stat -c '%U %G %a' ${VHOST}`)));
  const pages = () => Promise.all(NODES.map((node) => pageStatus(lab, node)));
  /** nginx takes a reload at once, and its old workers serve for a moment more. */
  const expectPages = (statuses: readonly string[]) => expect.poll(pages, { timeout: 15_000, interval: 500 }).toEqual(statuses);
  const mapped = async () => Object.values<any>((await mucConfig(lab)).definitionmappings).filter((m) => m.store === 'beside').length;
  const run = (...args: readonly string[]) => wizard(lab, args);

  /** Waits until every node has reported the end of its trial. */
  async function nodesEnd(result: string, seconds = 120): Promise<void> {
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
      if ((await Promise.all(NODES.map((node) => ended(lab, node)))).every((text) => text.includes(`result=${result}`))) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    const logs = await Promise.all(NODES.map((node) => lab.host(node).must(`cat ${RECORD}/trial/*/log; true`)));
    throw new Error(`not ${result} after ${seconds} s:\n${logs.join('\n')}`);
  }

  async function asBefore(): Promise<void> {
    expect(await vhostsNow()).toEqual(vhosts);
    expect(await mucState(lab)).toBe(muc);
    await expectPages(['200', '200', '200']);
  }

  async function fresh(): Promise<void> {
    await prepareTrial(lab);
    await installVhostWizard(lab);
    muc = await mucState(lab);
    vhosts = await vhostsNow();
  }

  beforeAll(async () => {
    lab = await labFor({ release, name: 'files' });
    await fresh();
  });
  afterAll(async () => {
    await lab?.down();
  });
  beforeEach(async () => {
    const back = (await vhostsNow()).join() === vhosts.join() && (await mucState(lab)) === muc && (await armed(lab)).length === 0;
    if (back) return;
    await lab.restore();
    await fresh();
  });

  it('are restored by every node beside the MUC file when the wizard is dead and nobody confirms; nginx reads them, and the run is rolled back', async () => {
    const killed = await runAtEvent(lab, changeEvent('muc-publish:main:canary', 'done'), 'kill -9 $WIZARD', [...APPLY, '--trial', '600']);
    expect(killed.code).toBe(137);
    expect(await mapped()).toBe(1);
    await expectPages(['503', '503', '503']);
    await hurry(lab);
    await putBackByNodes(lab, muc);
    await asBefore();
    await dropTokens(lab);
    const listed = await run('backups');
    expect(listed.json['message']).toMatch(/3 files on main, web1, web2/);
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
    await asBefore();
    expect(await armed(lab)).toEqual([]);
  });

  it('with a check that fails are rolled back by the wizard, with nothing left armed', async () => {
    // The pages after the canary are not what they were.
    const failed = await run(...APPLY, '--trial', '600');
    expect(failed.code, told(failed)).toBe(5);
    expect(failed.json['outcome']).toBe('reverted');
    await asBefore();
    expect(await armed(lab)).toEqual([]);
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
  });

  it('by themselves, with a mark on each node, are restored when nobody confirms, also on a node that was off', async () => {
    const applied = await run(...VHOSTS, '--confirm-within', '3600');
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.json['outcome']).toBe('on-trial');
    await expectPages(['503', '503', '503']);
    expect(await lab.hosts.main.must("ls -A /mnt/moodledata/muc | grep '^.moodle-cluster-wizard-trial' || true")).toBe('');
    const status = await run('status');
    expect(status.code, told(status)).toBe(10);
    expect(status.json['message']).toMatch(/the configuration files on main, web1, web2/);
    await lab.hosts.web2.powerOff();
    await hurry(lab, 1, ['main', 'web1']);
    await lab.hosts.web2.boot();
    await hurry(lab, 1, ['web2']);
    await nodesEnd('reverted');
    await asBefore();
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
    expect(back.stderr + JSON.stringify(back.json)).toMatch(/was not confirmed: the nodes have restored the configuration files/);
    await asBefore();
  });

  it('by themselves are reverted by revert, kept by confirm on every node, and rolled back after that', async () => {
    expect((await run(...VHOSTS, '--confirm-within', '3600')).code).toBe(0);
    const reverted = await run('revert');
    expect(reverted.code, told(reverted)).toBe(0);
    await asBefore();
    expect(await armed(lab)).toEqual([]);
    expect((await run('rollback', '--yes')).code).toBe(0);
    const again = await run(...VHOSTS, '--confirm-within', '3600');
    expect(again.code, told(again)).toBe(0);
    const kept = await run('confirm');
    expect(kept.code, told(kept)).toBe(0);
    expect(await armed(lab)).toEqual([]);
    await expectPages(['503', '503', '503']);
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
    await asBefore();
  });

  it('are restored on main by break-glass.sh, which names the command for the other nodes', async () => {
    expect((await run(...VHOSTS, '--confirm-within', '3600')).code).toBe(0);
    expect((await run('confirm')).code).toBe(0);
    const said = await lab.hosts.main.exec(`sh ${RECORD}/sites/*/break-glass.sh`);
    expect(said.stdout).toContain(`restored: ${VHOST}`);
    await expectPages(['200', '503', '503']);
    const command = /On web1, as root: +(sh \S+restore\.sh --force)/.exec(said.stdout)?.[1] ?? 'false';
    for (const node of ['web1', 'web2']) await lab.host(node).must(command);
    await asBefore();
    const back = await run('rollback', '--yes');
    expect(back.code, told(back)).toBe(0);
  });

  it('are not put on trial where others than root could exchange them: nothing is changed', async () => {
    await lab.hosts.web1.must('chmod 0777 /etc/nginx/sites-available');
    const refused = await run(...VHOSTS, '--confirm-within', '3600');
    await lab.hosts.web1.must('chmod 0755 /etc/nginx/sites-available');
    expect(refused.code, told(refused)).toBe(4);
    expect(refused.json['error'].message).toMatch(/web1: .*everybody can write to \/etc\/nginx\/sites-available/);
    expect(refused.json['error'].outcome ?? refused.json['outcome']).toBe('unchanged');
    await asBefore();
    expect(await armed(lab)).toEqual([]);
  });

  it("somebody else's change of them is kept beside, and restored over at the end of the trial", async () => {
    expect((await run(...VHOSTS, '--confirm-within', '3600')).code).toBe(0);
    await put(lab, 'web1', VHOST, 'server { listen 80 default_server; return 418; }\n', '644');
    await hurry(lab);
    await nodesEnd('reverted');
    await asBefore();
    expect(await ended(lab, 'web1')).toMatch(/aside=\S+aside\.[0-9a-f]{64}/);
    expect((await run('rollback', '--yes')).code).toBe(0);
  });
});
