/** A second Moodle on main alone: code, data folder, web server name and, where there is one, database of its own; PHP-FPM and the wizard are the same. */

import { answersText, pageStatus } from '../lab-tests/support.js';
import { expectThat, type FaultLab } from './harness.js';

export const SECOND = {
  name: 'second.lab',
  dirroot: '/var/www/second',
  data: '/mnt/second',
  muc: '/mnt/second/muc/config.php',
  answers: '/root/second.yaml',
} as const;

/** The small change of test/answers/trial.yaml, for this site: one node, its own folder. */
const secondAnswers = () =>
  answersText('trial', (text) =>
    text
      .replace('cluster: lab', 'cluster: second')
      .replace('/var/www/moodle', SECOND.dirroot)
      .replaceAll('/mnt/moodledata', SECOND.data)
      .replace(/^ {2}- \{name: web\d.*\n/gm, ''),
  );

/** A copy of the database that is another site by its identifier. The stand-in keeps its few words in the data folder. */
async function secondDatabase(faults: FaultLab): Promise<void> {
  if (faults.release === 'stand-in') return;
  const psql = (database: string, sql: string) => `runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 -d ${database} -c "${sql}"`;
  await faults.on('db1', psql('postgres', 'CREATE DATABASE second OWNER moodle TEMPLATE moodle'));
  await faults.on('db1', psql('second', "UPDATE mdl_config SET value = 'second' || value WHERE name = 'siteidentifier'"));
}

/** Sets the site up and views its first page, which makes its cache configuration. */
export async function makeSecondSite(faults: FaultLab): Promise<void> {
  await secondDatabase(faults);
  await faults.on('main', `cp -a /var/www/moodle ${SECOND.dirroot}; install -d -o www-data -g www-data -m 2770 ${SECOND.data} ${SECOND.data}/beside`);
  await faults.on(
    'main',
    `sed -i -e 's#/mnt/moodledata#${SECOND.data}#' -e "s#'http://moodle.lab'#'http://${SECOND.name}'#" -e "/dbname/s#'moodle'#'second'#" ${SECOND.dirroot}/config.php`,
  );
  await faults.on(
    'main',
    `sed -e 's/ default_server//' -e 's/server_name _;/server_name ${SECOND.name};/' -e 's#root /var/www/moodle;#root ${SECOND.dirroot};#' /etc/nginx/sites-available/moodle >/etc/nginx/sites-enabled/second`,
  );
  await faults.on('main', `echo '127.0.0.1 ${SECOND.name}' >>/etc/hosts; nginx -t -q && systemctl reload nginx`);
  await faults.lab.hosts.main.must(['sh', '-c', 'umask 077; cat >"$1"', 'sh', SECOND.answers], { stdin: secondAnswers() });
  await faults.until('main', `curl -sf -o /dev/null -m 60 -H 'Host: ${SECOND.name}' http://main/login/index.php && [ -s ${SECOND.muc} ]`);
  expectThat((await pageStatus(faults.lab, 'main')) === '200', 'the first site should answer as before');
}

/** Hash, owner and mode of its cache configuration. */
export function secondState(faults: FaultLab): Promise<string> {
  return faults.on('main', `sha256sum ${SECOND.muc} | cut -d' ' -f1; stat -c '%U %G %a' ${SECOND.muc}`);
}

/** Where its stores keep their content: by the file, as the web user reads it. */
export async function secondMapped(faults: FaultLab): Promise<string> {
  const php = `define('MOODLE_INTERNAL', 1); include '${SECOND.muc}'; echo $configuration['stores']['beside']['configuration']['path'] ?? 'none', ' ', count($configuration['definitionmappings']);`;
  return faults.lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'php', '-r', php]);
}
