/** The demo: boots the lab's cluster, runs the main job on it from an answers file, shows the proof and the way back. */

import { readFileSync } from 'node:fs';
import { startLab } from './lab/index.js';
import { dailyRelease, putAnswers } from './lab-tests/support.js';

const release = dailyRelease();
const say = (text: string) => process.stderr.write(`\n\u001b[1m${text}\u001b[0m\n`);

say(
  `1. A cluster: main, web1, web2, cache1, db1 (Debian 12, ${release === 'stand-in' ? 'the stand-in site, since no Moodle release is in $MOODLE_TREES' : `Moodle ${release}`})`,
);
const lab = await startLab({ name: 'demo', release, webs: 2 });
if (!lab.fresh) await lab.restore();
await putAnswers(lab, readFileSync('test/answers/redis.yaml', 'utf8'));

const run = async (title: string, args: readonly string[]): Promise<number> => {
  say(`${title}\n   main# moodle-cluster-wizard ${args.join(' ')}`);
  const result = await lab.hosts.main.exec(['moodle-cluster-wizard', ...args], {
    env: { REDIS_PASSWORD: 'demo-Passw0rd', HOME: '/root' },
    timeoutMs: 600_000,
    onOutput: (chunk, from) => void process[from].write(chunk),
  });
  return result.code;
};

const code = await run('2. The main job, from test/answers/redis.yaml', ['apply', '--answers', '/root/answers.yaml', '--yes', '--trial', '5']);
if (code !== 0) {
  say(`The main job ended with exit code ${code}. The cluster is still up: npm run lab -- --name demo sh main bash`);
  process.exit(code);
}
say(`Next, on the cluster that is still up:
   npm run lab -- --name demo sh main moodle-cluster-wizard status
   npm run lab -- --name demo sh main moodle-cluster-wizard verify
   npm run lab -- --name demo sh main moodle-cluster-wizard backups
   npm run lab -- --name demo sh main moodle-cluster-wizard rollback --yes
   npm run lab -- --name demo down        (takes it all down)`);
