/** The load, the same for every configuration: pages of guests and of a user on every node, warm, after normal work, after a full purge. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lab/index.js';

export const NODES = ['main', 'web1', 'web2'] as const;
const HOST = 'moodle.lab';
const WARM_ROUNDS = 8;
const WORK_ROUNDS = 4;

/** Told with each row: rows of another load cannot be compared. */
export const LOAD = 4;

/** Milliseconds to the first byte: a list for each page of each node, in the order in which they were asked. */
export type Times = readonly (readonly number[])[];

/** What one configuration was measured to take. */
export interface Measured {
  readonly warm: Times;
  /** The first view of each page on each node after a round of normal work, all nodes at the same stage; logins as well. */
  readonly work: Times;
  /** The first view after all caches were purged. */
  readonly cold: Times;
}

/** A site that is in use: a course with activities, a user in it, and that user's session. */
export interface Site {
  readonly pages: readonly string[];
  /** Where courses are restored into. */
  readonly category: string;
  readonly cookie: string;
}

const BACKUP = '/var/tmp/bench-backup';

/** Logs in at a node ($1). Prints the session's cookie and the seconds to the answer. */
const LOGIN = `
  jar=$(mktemp); url=http://$1/login/index.php
  token=$(curl -s -c "$jar" -H 'Host: ${HOST}' "$url" | grep -o 'logintoken" value="[^"]*' | head -1 | cut -d'"' -f3)
  took=$(curl -s -o /dev/null -w '%{http_code} %{time_starttransfer}' -b "$jar" -c "$jar" -H 'Host: ${HOST}' --data-urlencode "logintoken=$token" -d 'username=bench&password=bench-user' "$url")
  case $took in 303*) ;; *) echo "the login at $1 answered \${took%% *}" >&2; exit 1;; esac
  awk -v took="\${took#* }" '$6 ~ /^MoodleSession/ {print $6 "=" $7, took}' "$jar"; rm "$jar"`;

const asWeb = (lab: Lab, command: string) => lab.hosts.main.must(`runuser -u www-data -- ${command}`, { timeoutMs: 600_000 });

/** Makes the course and the user once, and logs in. */
export async function siteInUse(lab: Lab): Promise<Site> {
  const made = await lab.hosts.main.exec('grep -qx done /root/bench-made');
  if (made.code !== 0) {
    await asWeb(lab, 'php /var/www/moodle/admin/tool/generator/cli/maketestcourse.php --shortname=bench --size=XS --bypasscheck --quiet');
    await lab.hosts.main.must('echo done >/root/bench-made');
  }
  await lab.hosts.main.must(['sh', '-c', 'cat >/var/tmp/bench-work.php'], { stdin: readFileSync(join(import.meta.dirname, '..', 'files', 'work.php')) });
  const [course = '', category = ''] = (await asWeb(lab, 'php /var/tmp/bench-work.php prepare')).trim().split(' ');
  await asWeb(lab, `sh -c 'rm -rf ${BACKUP} && mkdir ${BACKUP} && php /var/www/moodle/admin/cli/backup.php --courseid=${course} --destination=${BACKUP}'`);
  const cookie = (await lab.hosts.cache1.must(['bash', '-c', LOGIN, 'bash', 'main'])).trim().split(' ')[0] ?? '';
  return { pages: ['/my/', `/course/view.php?id=${course}`, '/course/index.php', '/user/profile.php'], category, cookie };
}
/** Every page from every node, as guest and as user. @throws Error when one does not answer 200: what is not the page must not be timed as one */
async function ask(lab: Lab, site: Site, rounds: number): Promise<Times> {
  const line = (node: string, page: string, cookie: string) =>
    `curl -s -o /dev/null -w '%{http_code} %{time_starttransfer} ${node}${page}\\n' -H 'Host: ${HOST}' ${cookie === '' ? '' : `-b '${cookie}'`} 'http://${node}${page}'`;
  const lines = NODES.flatMap((node) => [line(node, '/login/index.php', ''), line(node, '/', ''), ...site.pages.map((page) => line(node, page, site.cookie))]);
  const answers = (await lab.hosts.cache1.must(['bash', '-c', `for i in $(seq ${rounds}); do\n${lines.join('\n')}\ndone`], { timeoutMs: 1_200_000 }))
    .trim()
    .split('\n');
  const times = answers.map((answer) => {
    const [code, seconds, page] = answer.split(' ');
    if (code !== '200') throw new Error(`${page} answered ${code}`);
    return Number(seconds) * 1000;
  });
  return lines.map((_, page) => times.filter((_time, i) => i % lines.length === page));
}

/** A login at every node. @throws Error when one is not taken */
async function logins(lab: Lab): Promise<Times> {
  const times: number[][] = [];
  for (const node of NODES) times.push([Number((await lab.hosts.cache1.must(['bash', '-c', LOGIN, 'bash', node])).trim().split(' ')[1]) * 1000]);
  return times;
}

/** What else a site does now and then: a course is restored, cron runs. */
async function seldom(lab: Lab, site: Site): Promise<void> {
  await asWeb(lab, `sh -c 'php /var/www/moodle/admin/cli/restore_backup.php --file=$(ls ${BACKUP}/*.mbz) --categoryid=${site.category}'`);
  await asWeb(lab, 'php /var/www/moodle/admin/cli/cron.php --keep-alive=0');
}

/** The whole load on the configuration that is live. */
export async function measure(lab: Lab, site: Site): Promise<Measured> {
  await ask(lab, site, 2);
  const warm = await ask(lab, site, WARM_ROUNDS);
  let work: Times = [];
  for (let i = 0; i < WORK_ROUNDS; i += 1) {
    await asWeb(lab, `php /var/tmp/bench-work.php work ${(Date.now() % 1_000_000) + i}`);
    if (i === 0) await seldom(lab, site);
    const round = [...(await ask(lab, site, 1)), ...(await logins(lab))];
    work = round.map((times, page) => [...(work[page] ?? []), ...times]);
  }
  await asWeb(lab, 'php /var/www/moodle/admin/cli/purge_caches.php');
  return { warm, work, cold: await ask(lab, site, 1) };
}
