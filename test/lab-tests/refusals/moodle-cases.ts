/** Sites that cannot be worked on as they are: told before anything is changed, with the node that differs. */

import type { Lab } from '../../lab/index.js';
import { configLine, MOODLE_HOSTS, on, put, type Refusal } from './refusal.js';

const MUC = '/mnt/moodledata/muc/config.php';
const keepMuc = `cp -a ${MUC} /root/muc.kept`;
const backMuc = (lab: Lab) => on(lab, ['main'], `cp -a /root/muc.kept ${MUC} && rm /root/muc.kept`);
const asWeb = 'setpriv --reuid=www-data --regid=www-data --init-groups';
const LOCK = '/mnt/moodledata/cache/filelocks/configwrite.lock';
const VERSION = '/var/www/moodle/version.php';

const otherFactory = configLine(MOODLE_HOSTS, "$CFG->alternative_cache_factory_class = 'tool_forcedcache_cache_factory';");
const altOnOne = configLine(['web2'], "$CFG->altcacheconfigpath = '/srv/muc';");
const altOnAll = configLine(MOODLE_HOSTS, "$CFG->altcacheconfigpath = '/srv/muc';");
const otherDatabase = configLine(['web1'], "$CFG->dbname = 'moodle_test';");
const ownMuc = `mkdir -p /srv/muc && cp ${MUC} /srv/muc/cacheconfig.php && chown -R www-data: /srv/muc`;

/** One after the other: files made in the same tick of the clock would look like one file. */
async function ownMucs(lab: Lab): Promise<void> {
  for (const host of MOODLE_HOSTS) await on(lab, [host], ownMuc);
}

/** Two things brought about and undone together. */
function both(first: Pick<Refusal, 'trouble' | 'undo'>, trouble: (lab: Lab) => Promise<unknown>, undo: (lab: Lab) => Promise<unknown>) {
  return {
    trouble: async (lab: Lab) => {
      await first.trouble?.(lab);
      await trouble(lab);
    },
    undo: async (lab: Lab) => {
      await undo(lab);
      await first.undo?.(lab);
    },
  };
}

export const MOODLE_CASES: readonly Refusal[] = [
  {
    name: 'a dirroot that holds no Moodle, on every node',
    answers: (t) => put(t, '/var/www/moodle', '/var/www/html'),
    exit: 7,
    code: 'not-a-moodle',
    nodes: ['main', 'web1', 'web2'],
    words: ['/var/www/html', 'moodle.dirroot', 'config.php'],
  },
  {
    name: 'a node that has no Moodle in the dirroot of the others',
    trouble: (lab) => on(lab, ['web2'], 'mount -t tmpfs none /var/www/moodle'),
    undo: (lab) => on(lab, ['web2'], 'umount /var/www/moodle'),
    exit: 7,
    code: 'not-a-moodle',
    nodes: ['web2'],
    words: ['/var/www/moodle', 'every Moodle node'],
  },
  {
    name: 'a Moodle whose new code waits for its upgrade',
    trouble: (lab) =>
      on(
        lab,
        MOODLE_HOSTS,
        `cp -a ${VERSION} /root/version.kept && sed -i -E 's/^(\\$version *= *)[0-9.]+/\\12099010100.00/' ${VERSION} && ! cmp -s ${VERSION} /root/version.kept`,
      ),
    undo: (lab) => on(lab, MOODLE_HOSTS, `cp -a /root/version.kept ${VERSION} && rm /root/version.kept`),
    exit: 7,
    code: 'upgrade-pending',
    nodes: ['main'],
    words: ['admin/cli/upgrade.php'],
  },
  {
    name: 'other code on one node: which node, and how to see what differs',
    trouble: (lab) =>
      on(
        lab,
        ['web2'],
        'cd /var/www/moodle/cache/stores/redis && cp -a version.php /root/plugin.kept && sed -i -E "s/(->version *= *)[0-9]+/\\12099010100/" version.php && ! cmp -s version.php /root/plugin.kept',
      ),
    undo: (lab) => on(lab, ['web2'], 'cp -a /root/plugin.kept /var/www/moodle/cache/stores/redis/version.php && rm /root/plugin.kept'),
    exit: 7,
    code: 'nodes-differ',
    nodes: ['web2', 'main'],
    words: ['code on web2', 'rsync', '/var/www/moodle'],
  },
  {
    name: 'a node whose config.php names another database',
    ...otherDatabase,
    exit: 7,
    code: 'nodes-differ',
    nodes: ['web1', 'main'],
    words: ['$CFG->dbname', 'moodle_test', 'config.php on web1'],
  },
  {
    name: 'a dataroot that is not shared, even when its copy has the same text',
    trouble: (lab) => on(lab, ['web2'], 'mkdir /srv/own && cp -a /mnt/moodledata/. /srv/own/ && mount --bind /srv/own /mnt/moodledata'),
    undo: (lab) => on(lab, ['web2'], 'umount /mnt/moodledata && rm -r /srv/own'),
    exit: 7,
    code: 'nodes-differ',
    nodes: ['web2', 'main'],
    words: ['/mnt/moodledata', 'on web2', 'Mount the one shared dataroot'],
  },
  {
    name: 'a cache configuration that PHP cannot read',
    trouble: (lab) => on(lab, ['main'], `${keepMuc} && size=$(stat -c %s ${MUC}) && truncate -s $((size / 2)) ${MUC}`),
    undo: backMuc,
    exit: 7,
    code: 'muc-corrupt',
    nodes: ['main', 'web1', 'web2'],
    words: [MUC, 'repair --yes', 'repair --default', 'backup'],
  },
  {
    name: 'a cache configuration that is empty',
    trouble: (lab) => on(lab, ['main'], `${keepMuc} && truncate -s 0 ${MUC}`),
    undo: backMuc,
    exit: 7,
    code: 'muc-corrupt',
    nodes: ['main', 'web1', 'web2'],
    words: [MUC, 'repair --yes'],
  },
  {
    name: 'a cache configuration that is not there',
    trouble: (lab) => on(lab, ['main'], `mv ${MUC} /root/muc.kept`),
    undo: (lab) => on(lab, ['main'], `mv /root/muc.kept ${MUC}`),
    exit: 7,
    code: 'muc-corrupt',
    nodes: ['main', 'web1', 'web2'],
    words: [MUC, 'open any page'],
  },
  {
    name: 'a lock that a killed Moodle process left: how old, which file, how to remove it',
    trouble: (lab) => on(lab, ['main'], `${asWeb} sh -c 'mkdir -p $(dirname ${LOCK}) && touch -d "10 minutes ago" ${LOCK}'`),
    undo: (lab) => on(lab, ['main'], `rm ${LOCK} && rmdir $(dirname ${LOCK})`),
    exit: 6,
    code: 'muc-lock-stale',
    nodes: ['main'],
    words: [LOCK, '10 minutes', `runuser -u www-data -- rm -- ${LOCK}`],
  },
  {
    name: 'another cache factory: Moodle takes no notice of the file that would be changed',
    ...otherFactory,
    exit: 7,
    code: 'cache-factory',
    nodes: ['main', 'web1', 'web2'],
    words: ['$CFG->alternative_cache_factory_class', 'tool_forcedcache'],
  },
  {
    name: 'altcacheconfigpath on one node only',
    ...both(
      altOnOne,
      (lab) => on(lab, ['web2'], ownMuc),
      (lab) => on(lab, ['web2'], 'rm -r /srv/muc'),
    ),
    exit: 7,
    code: 'altcacheconfigpath',
    nodes: ['web2'],
    words: ['$CFG->altcacheconfigpath', '/srv/muc', 'config.php on every node'],
  },
  {
    name: 'altcacheconfigpath that is a folder of its own on every node',
    ...both(altOnAll, ownMucs, (lab) => on(lab, MOODLE_HOSTS, 'rm -r /srv/muc')),
    exit: 7,
    code: 'altcacheconfigpath',
    nodes: ['web1', 'web2'],
    words: ['$CFG->altcacheconfigpath', '/srv/muc/cacheconfig.php', 'another file', 'shared disk'],
  },
];
