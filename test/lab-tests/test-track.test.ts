/** The program with one track more, of one step, without a person on real hosts: applied, killed in the middle and resumed, checked, rolled back. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { buildProgram, trackFolder } from '../track/bundle.js';
import { put } from './safety-lab.js';
import { answersText, labFor, mucState, putAnswers, quickRelease, told, type WizardRun } from './support.js';

const FOLDER = trackFolder('lab');
const FILE = '/etc/moodle-cluster-wizard/marker.conf';
const ANSWERS = '/root/answers.yaml';
const HOSTS = ['main', 'web1', 'web2', 'cache1'];
/** Where at-journal.pl finds the program by its name. */
const ENV = { HOME: '/root', PATH: '/root/track:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

describe('a track of one step on real hosts', () => {
  let lab: Lab;
  let before: string;

  async function run(...args: readonly string[]): Promise<WizardRun> {
    const { code, stdout, stderr } = await lab.hosts.main.exec(['moodle-cluster-wizard', ...args, '--json'], { env: ENV, timeoutMs: 600_000 });
    const json = (() => {
      try {
        return JSON.parse(stdout) as Record<string, any>;
      } catch {
        return {};
      }
    })();
    return { code, stdout, stderr, json };
  }

  /** What the marker says on each host; empty where there is none. */
  const markers = () => Promise.all(HOSTS.map(async (host) => (await lab.host(host).exec(`cat ${FILE} 2>/dev/null`)).stdout));

  async function done(...args: readonly string[]): Promise<WizardRun> {
    const result = await run(...args);
    expect(result.code, told(result)).toBe(0);
    return result;
  }

  beforeAll(async () => {
    lab = await labFor({ release: quickRelease(), name: 'track' });
    const bin = await buildProgram(FOLDER);
    await lab.hosts.main.must('mkdir -p /root/track');
    const script = `#!/bin/sh\nexec /usr/local/bin/node /opt/moodle-cluster-wizard/${bin} "$@"\n`;
    await put(lab, 'main', '/root/track/moodle-cluster-wizard', Buffer.from(script), '755');
    await put(lab, 'main', '/root/at-journal.pl', readFileSync(join(import.meta.dirname, 'files', 'at-journal.pl')), '755');
    // The cluster of the other tests, with this track's part instead of theirs.
    await putAnswers(
      lab,
      answersText('redis', (text) => `${text.slice(0, text.search(/^needs:/m))}marker: {text: campus production, owner: ada}\n`),
    );
    before = await mucState(lab);
  });
  afterAll(async () => {
    await lab?.down();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  it('plans nothing but its own stage', async () => {
    const { code, json } = await run('plan', '--answers', ANSWERS);
    expect(code).toBe(10);
    expect(json['plan'].stages.map((s: { stage: string }) => s.stage)).toEqual(['markers']);
  });

  it('killed in the middle and resumed, every node has its file', async () => {
    const killed = ['perl', '/root/at-journal.pl', `"ev":"change.begin","change":"file:web1:`, 'apply', '--answers', ANSWERS, '--yes'];
    expect((await lab.hosts.main.exec(killed, { env: ENV, timeoutMs: 600_000 })).code).toBe(137);
    expect((await markers())[2]).toBe('');
    await done('apply', '--answers', ANSWERS, '--yes', '--resume');
    expect(await markers()).toEqual(HOSTS.map(() => 'campus production\nResponsible: ada\n'));
    expect(await mucState(lab)).toBe(before);
  });

  it('is verified, has nothing left to do, and a foreign edit is found', async () => {
    const verified = await done('verify', '--answers', ANSWERS);
    const own = verified.json['checks'].filter((c: { step: string }) => c.step === 'marker.files');
    expect(own.map((c: { status: string }) => c.status)).toEqual(own.map(() => 'passed'));
    expect(own.length).toBeGreaterThanOrEqual(HOSTS.length);
    await done('plan', '--answers', ANSWERS);
    await lab.hosts.web2.must(`echo other > ${FILE}`);
    expect((await run('verify', '--answers', ANSWERS)).code).toBe(5);
    await done('apply', '--answers', ANSWERS, '--yes');
  });

  it('rolls back from the record alone, without answers, run by run', async () => {
    await done('rollback', '--yes');
    expect((await markers())[2]).toBe('other\n');
    await done('rollback', '--yes');
    // What somebody else wrote between the two runs is left as it is.
    expect(await markers()).toEqual(['', '', 'other\n', '']);
    expect(await mucState(lab)).toBe(before);
    const again = await done('rollback', '--yes');
    expect(again.json['outcome']).toBe('unchanged');
  });
});
