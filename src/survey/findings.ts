/** The table "is / must be / what to do" of the nodes themselves. Pure. */

import type { Finding } from '../core/change.js';
import { allMoodleNodes, type Cluster, type ClusterNode, mainNode, moodleNodes } from '../core/cluster.js';
import type { ClusterFacts, MoodleNodeFacts, NodeFacts, PhpPool } from '../core/facts.js';
import { localcacheOn } from '../core/local-folder.js';
import { allOf, type Command, type Remedy, remedy, sh } from '../core/remedy.js';
import { pasteAs } from '../exec/paste-as.js';
import { webProbe } from '../moodle/web-probe/index.js';
import { moodleName, moodleSupport, osSupport, phpSupport, type Support } from './support.js';

export { siteRefusals } from './refusals.js';

/** Moodle's own rule for clusters: clocks within a second (fact M21). */
const MAX_SKEW_SECONDS = 1;

type Row = Omit<Finding, 'id' | 'node'> & { readonly key: string };

/** Rows of every node that was surveyed, in the cluster's order. */
export function nodeFindings(cluster: Cluster, facts: ClusterFacts): readonly Finding[] {
  const main = facts.nodes[mainNode(cluster).name];
  const moodle = new Set(moodleNodes(cluster).map((n) => n.name));
  const reads = new Set(allMoodleNodes(cluster).map((n) => n.name));
  const ofNodes = cluster.nodes.flatMap((node): readonly Finding[] => {
    if (node.state === 'out') return [outFinding(node, reads.has(node.name))];
    const of = facts.nodes[node.name];
    if (of === undefined) return [];
    const rows = [...hostRows(node, of), ...(moodle.has(node.name) && of.moodle ? moodleRows(node, of, of.moodle, main) : [])];
    return rows.map(({ key, ...row }) => ({ id: `node.${key}:${node.name}`, node: node.name, ...row }));
  });
  return [...ofNodes, ...sharedSudoFindings(cluster)];
}

/** An excluded node still reads the cache configuration that all share, and nothing is installed or proven there. */
function outFinding(node: ClusterNode, readsMoodle: boolean): Finding {
  const is = node.exclusionReason ?? 'state: out, no reason given';
  const subject = 'excluded';
  const common = { id: `node.out:${node.name}`, node: node.name, subject, is };
  return readsMoodle
    ? {
        ...common,
        level: 'warning',
        mustBe: 'serving no pages and running no cron',
        todo: remedy`It reads the same cache configuration: keep users away from it until verify passes with it included.`,
      }
    : { ...common, level: 'note', mustBe: 'included later', todo: remedy`Run the wizard again with this node.` };
}

function row(key: string, level: Finding['level'], subject: string, is: string, mustBe: string, todo: Remedy): Row {
  return { key, level, subject, is, mustBe, todo };
}

function supportRow(key: string, subject: string, is: string, support: Support): Row {
  const level = support.level === 'proven' ? 'ok' : support.level === 'expected' ? 'note' : 'warning';
  return row(
    key,
    level,
    subject,
    `${is}: ${support.level} (${support.why})`,
    'tested, or expected to work',
    support.level === 'refused' ? remedy`Set up this node by hand.` : remedy`nothing`,
  );
}

function hostRows(node: ClusterNode, of: NodeFacts): readonly Row[] {
  const ours = node.roles.some((role) => role !== 'database' && role !== 'load-balancer');
  const skew = Math.abs(of.clockSkew);
  const rows: Row[] = [supportRow('os', 'operating system', of.os.name, osSupport(of.os))];
  if (skew > MAX_SKEW_SECONDS) {
    const way = of.clockSkew > 0 ? 'ahead of' : 'behind';
    rows.push(
      row(
        'clock',
        'warning',
        'clock',
        `${skew.toFixed(1)} s ${way} this machine`,
        'within 1 s',
        remedy`Synchronise it with chrony or systemd-timesyncd: Moodle compares times of several nodes.`,
      ),
    );
  }
  if (ours && !of.systemd) {
    rows.push(
      row('systemd', 'warning', 'systemd', 'not running', 'running', remedy`Without systemd no automatic rollback can be scheduled here: use --no-trial.`),
    );
  }
  if (of.selinux === 'enforcing')
    rows.push(row('selinux', 'note', 'SELinux', 'enforcing', 'enforcing', remedy`It stays on; ports and booleans are part of the plan.`));
  if (of.firewall !== null)
    rows.push(row('firewall', 'note', 'firewall', of.firewall, 'open for the cache services', remedy`The plan says which ports it needs.`));
  return rows;
}

function moodleRows(node: ClusterNode, of: NodeFacts, moodle: MoodleNodeFacts, main: NodeFacts | undefined): readonly Row[] {
  const pool = of.sitePool === null ? undefined : of.pools[of.sitePool];
  const php = pool?.web?.version ?? moodle.phpVersion;
  return [
    supportRow('moodle', 'Moodle', `${moodleName(moodle.branch)} (${moodle.release})`, moodleSupport(moodle.branch)),
    supportRow('php', 'PHP', php, phpSupport(php)),
    ...phpRows(moodle, php, main),
    ...(pool === undefined ? [] : poolRows(of, pool)),
    ...userRows(of, moodle),
    ...diskRows(moodle),
    ...(of.otherSites.length === 0
      ? []
      : [
          row(
            'other-sites',
            'note',
            'other sites on this node',
            of.otherSites.join(', '),
            'known',
            remedy`Changes that affect them name them. Restarting PHP or a cache service affects them too.`,
          ),
        ]),
    ...(of.clones ?? []).map((root, index) =>
      row(
        `clone-${index}`,
        'warning',
        'copy of this site on this node',
        `${root} has the same siteidentifier`,
        'one of its own',
        remedy`On one cache server the two read and purge each other's caches. If it has a database of its own, give it an identifier of its own there (NEW): ${ofOwnIdentifier(of.webUser ?? 'www-data', root)}`,
      ),
    ),
    ...(of.notes ?? []).map((note, index) => row(`note-${index}`, 'warning', 'web server configuration', note, 'readable', remedy`Check it on ${node.name}.`)),
  ];
}

/** Gives a copy of the site a siteidentifier that is not the original's, then empties what it cached under the old one. */
function ofOwnIdentifier(user: string, root: string): Command {
  const set = pasteAs(user, sh`php ${root}/admin/cli/cfg.php --name=siteidentifier --set=NEW`);
  return allOf([set, pasteAs(user, sh`php ${root}/admin/cli/purge_caches.php`)]);
}

/**
 * One sudo password for several nodes: each of them sees it unencrypted, so one that is taken over could use it on the others.
 * Logins as root need none; a password of each node's own is not shared.
 */
export function sharedSudoFindings(cluster: Cluster): readonly Finding[] {
  const bySecret = new Map<string, string[]>();
  for (const node of cluster.nodes) {
    const { sudo, user } = node.ssh;
    if (node.state === 'out' || node.host === 'local' || sudo.kind !== 'password' || user === 'root') continue;
    bySecret.set(sudo.secret, [...(bySecret.get(sudo.secret) ?? []), node.name]);
  }
  return [...bySecret]
    .filter(([, nodes]) => nodes.length > 1)
    .map(([secret, nodes]) => ({
      id: `cluster.sudo-password:${secret}`,
      node: mainNode(cluster).name,
      level: 'note',
      subject: 'sudo password',
      is: `${secret} is sent to ${nodes.join(', ')}`,
      mustBe: 'known to one node',
      todo: remedy`A compromised node can read it and use it on the others. Allow sudo without a password for a login that has only a key, or set "ssh.sudo" with a secret of its own for each node.`,
    }));
}

function phpRows(moodle: MoodleNodeFacts, php: string, main: NodeFacts | undefined): readonly Row[] {
  const vars = Number(moodle.cli.ini['max_input_vars'] ?? 5000);
  const mains = main?.moodle?.phpVersion;
  const minor = (text: string): string => text.split('.').slice(0, 2).join('.');
  return [
    ...(mains === undefined || minor(mains) === minor(moodle.phpVersion)
      ? []
      : [
          row(
            'php-same',
            'warning',
            'PHP',
            moodle.phpVersion,
            `the same as on main (${minor(mains)})`,
            remedy`Use one version on both: serialised data in a shared cache may not be read by both.`,
          ),
        ]),
    ...(Number(php.split('.')[0]) >= 8 && vars < 5000
      ? [
          row(
            'max-input-vars',
            'warning',
            'max_input_vars of the command line',
            String(vars),
            '5000 or more',
            remedy`Raise it in php.ini of the command line: Moodle's upgrade requires it.`,
          ),
        ]
      : []),
  ];
}

function poolRows(of: NodeFacts, pool: PhpPool): readonly Row[] {
  const ini = pool.web?.ini ?? {};
  const shared = of.pools.filter((p) => p !== pool && p.unit === pool.unit);
  return [
    ...(webProbe(pool).graceSeconds(pool) === 0
      ? [
          row(
            'graceful',
            'note',
            'process_control_timeout',
            '0',
            'a few seconds',
            remedy`A reload of ${pool.unit} cuts requests in flight (error 502); the plan reloads only where it must.`,
          ),
        ]
      : []),
    ...(ini['opcache.validate_timestamps'] === '0'
      ? [
          row(
            'opcache',
            'note',
            'opcache.validate_timestamps',
            '0',
            'known',
            remedy`PHP does not notice changed files; the wizard drops the changed file from OPcache in every pool.`,
          ),
        ]
      : []),
    ...(shared.length === 0
      ? []
      : [
          row(
            'pools',
            'note',
            `other pools of ${pool.unit}`,
            shared.map((p) => `${p.name} (${p.user})`).join(', '),
            'known',
            remedy`They share APCu, OPcache and restarts with the site.`,
          ),
        ]),
  ];
}

function userRows(of: NodeFacts, moodle: MoodleNodeFacts): readonly Row[] {
  const owner = moodle.mucFile.owner;
  if (of.webUser === undefined || owner === undefined || owner === of.webUser) return [];
  return [
    row(
      'muc-owner',
      'warning',
      `owner of ${moodle.mucFile.path}`,
      owner,
      of.webUser,
      remedy`Give it to the web user: ${sh`chown ${of.webUser} ${moodle.mucFile.path}`}; or set moodle.webUser if ${of.webUser} is not the web user.`,
    ),
  ];
}

function diskRows(moodle: MoodleNodeFacts): readonly Row[] {
  const on = localcacheOn(moodle);
  return on === 'share' || on === 'network'
    ? [
        row(
          'localcachedir',
          'note',
          '$CFG->localcachedir',
          `${moodle.localcachedir} (${on === 'share' ? 'on the shared disk' : `on a network disk, ${moodle.localcacheMount?.fsType ?? ''}`})`,
          'a folder of the node itself',
          remedy`Set $CFG->localcachedir in config.php to a local folder, such as /var/local/moodlecache.`,
        ),
      ]
    : [];
}
