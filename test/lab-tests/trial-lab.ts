/** What tests of the trial share: the small change of test/answers/trial.yaml, and looks at what is armed on each node. */

import type { Lab } from '../lab/index.js';
import { NODES, prepare } from './safety-lab.js';
import { answersText, mucState, putAnswers } from './support.js';

export const APPLY = ['apply', '--answers', '/root/answers.yaml', '--yes'] as const;
const RECORD = '/var/lib/moodle-cluster-wizard';

/** Answers, helpers, and a folder of the web user's own. */
export async function prepareTrial(lab: Lab): Promise<void> {
  await prepare(lab);
  await putAnswers(lab, answersText('trial'));
  await lab.hosts.main.must('install -d -o www-data -g www-data /mnt/moodledata/beside');
}

/** Units and marks of a trial that are there, one line each; nothing after its end. */
export async function armed(lab: Lab): Promise<string[]> {
  const found: string[] = [];
  for (const node of NODES) {
    const text = await lab
      .host(node)
      .must(
        `ls /etc/systemd/system | grep ^moodle-cluster-wizard-trial; ls ${RECORD}/run | grep web-token; ls -d ${RECORD}/trial/*/requests 2>/dev/null; true`,
      );
    found.push(...text.split('\n').flatMap((line) => (line === '' ? [] : [`${node}: ${line}`])));
  }
  const marks = await lab.hosts.main.must("ls -A /mnt/moodledata/muc | grep '^.moodle-cluster-wizard-trial' || true");
  return [...found, ...marks.split('\n').filter((line) => line !== '')];
}

/** A wizard that was killed leaves the hash of its web probe's token, which is swept after two days: not the trial's. */
export async function dropTokens(lab: Lab): Promise<void> {
  for (const node of NODES) await lab.host(node).must(`rm -f ${RECORD}/run/web-token-*`);
}

/** The end of the trial, so many seconds from now on every node: as time passing would. */
export async function hurry(lab: Lab, seconds = 1, nodes: readonly string[] = NODES): Promise<void> {
  for (const node of nodes) await lab.host(node).must(`sh ${RECORD}/trial/*/trial.sh extend ${seconds}`);
}

/** What a node's folder says of the trial's end; empty while it goes on. */
export async function ended(lab: Lab, node: string): Promise<string> {
  return lab.host(node).must(`cat ${RECORD}/trial/*/result 2>/dev/null; true`);
}

/** Waits until every node has told that the trial was put back, and the file is as it was. */
export async function putBackByNodes(lab: Lab, before: string, seconds = 240, nodes: readonly string[] = NODES): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let last = '';
  while (Date.now() < deadline) {
    const results = await Promise.all(nodes.map(async (node) => `${node}: ${await ended(lab, node)}`));
    last = results.join('\n');
    if (results.every((r) => r.includes('result=reverted')) && (await mucState(lab)) === before) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const logs = await Promise.all(nodes.map((node) => lab.host(node).must(`cat ${RECORD}/trial/*/log; true`)));
  throw new Error(`not put back after ${seconds} s:\n${last}\n${logs.join('\n')}`);
}
