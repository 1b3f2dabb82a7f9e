/** What was measured and found that needs no other cache, as rows of the table "is / must be / what to do". Pure. */

import type { Finding } from '../core/change.js';
import { mainNode, moodleNodes } from '../core/cluster.js';
import { isBelow, privateFolder } from '../core/local-folder.js';
import { asRemedy, part, remedy, sh } from '../core/remedy.js';
import { type AdviceContext, sitePoolOf } from './context.js';
import { ms } from './costs.js';
import { memberRows } from './findings-members.js';
import { type Add, row } from './findings-row.js';
import { memcachedRows, sessionRows } from './findings-services.js';
import { AGAIN, MAX_AGE_DAYS, MAX_STALE_MS } from './rules.js';
import { serviceSizeRows } from './services.js';

const WITHOUT_LOCKS = remedy`without locks two nodes write caches, sessions and tasks at once.`;
const UNTIL_THEN = remedy`until then set $CFG->lock_factory to database locks.`;

/** Locks that nobody can take at all. */
function noLocksRow(add: Add, node: string): void {
  add(
    'locks',
    node,
    row(
      'warning',
      'locks on the shared disk',
      'locking fails',
      'works, and visible on every node',
      remedy`Repair the shared disk first: ${part(WITHOUT_LOCKS)} On NFS before version 4 rpc.statd and lockd must run here and on the server, and reach each other; some file systems have no locks; ${part(UNTIL_THEN)}`,
    ),
  );
}

function sharedRows(context: AdviceContext, add: Add): void {
  const shared = context.facts.measured?.shared;
  if (!shared || shared.refused !== null) return;
  if (shared.locked === false) noLocksRow(add, shared.writer);
  for (const looker of shared.lookers) {
    if (looker.error !== undefined) continue;
    if (!looker.sees) {
      add(
        'one-share',
        looker.node,
        row(
          'warning',
          'dataroot',
          `a file created on ${shared.writer} is not visible here`,
          'one file system for all nodes',
          remedy`Mount the same share on every node. Otherwise Moodle loses files.`,
        ),
      );
      continue;
    }
    if (looker.lock === 'failed') noLocksRow(add, looker.node);
    // Where the writer had no lock there was none to be seen.
    if (looker.lock === 'not-seen' && shared.locked !== false)
      add(
        'locks',
        looker.node,
        row(
          'warning',
          'locks on the shared disk',
          `a lock taken on ${shared.writer} is not visible here`,
          'visible on every node',
          remedy`Repair the shared disk first: ${part(WITHOUT_LOCKS)} sshfs and some NFS mounts (nolock) have none; ${part(UNTIL_THEN)}`,
        ),
      );
    if (looker.staleMs !== null && looker.staleMs > MAX_STALE_MS)
      add(
        'stale',
        looker.node,
        row(
          'warning',
          'the shared disk',
          `the old content of a changed file is read for up to ${ms(looker.staleMs)}`,
          `at most ${ms(MAX_STALE_MS)}`,
          remedy`Shorten the attribute cache of the mount (NFS: actimeo or noac; sshfs: cache_timeout).`,
        ),
      );
  }
}

/** Sessions in files of a share on which nodes do not see at once what another wrote, or whose locks reach nobody else. Seen in the lab on sshfs. */
function fileSessionRows(context: AdviceContext, add: Add): void {
  const { measured, site } = context.facts;
  if (!measured?.shared || site?.sessionHandler !== 'core\\session\\file') return;
  const poor = measured.shared.lookers.filter((l) => l.lock === 'failed' || l.lock === 'not-seen' || (l.staleMs ?? 0) > MAX_STALE_MS);
  if (poor.length === 0) return;
  add(
    'sessions-in-files',
    mainNode(context.cluster).name,
    row(
      'warning',
      'sessions',
      `files, by default on the shared disk; changes reach ${poor.map((l) => l.node).join(', ')} late or without locks`,
      'in the database, or in a Redis of their own',
      remedy`Users whose next request reaches another node get "Couldn't start session" or are logged out. Set $CFG->session_handler_class = '\\core\\session\\database' in config.php of every node, at a quiet hour: all users must log in again.`,
    ),
  );
}

function ageRows(context: AdviceContext, add: Add): void {
  const { measured } = context.facts;
  if (measured?.agedDays === undefined) return;
  add(
    'aged',
    mainNode(context.cluster).name,
    row(
      'note',
      'measurements',
      `on ${measured.at.slice(0, 10)}, ${measured.agedDays} days ago`,
      `at most ${MAX_AGE_DAYS} days ago`,
      remedy`The recommendations still use them: ${part(asRemedy(AGAIN))}.`,
    ),
  );
}

function placeRows(context: AdviceContext, add: Add): void {
  for (const node of Object.values(context.facts.measured?.nodes ?? {})) {
    for (const place of node.places) {
      const trouble = place.refused ?? place.failed;
      if (trouble === undefined || place.place === 'tmpfs') continue;
      add(
        `place-${place.place}`,
        node.node,
        row(
          place.place === 'local' ? 'note' : 'warning',
          `${place.path} (${place.place})`,
          trouble,
          'room for small files',
          remedy`Not measured. Check its free space, its free inodes and whether it is mounted read-only.`,
        ),
      );
    }
  }
}

function runtimeRows(context: AdviceContext, add: Add): void {
  for (const facts of context.moodleFacts) {
    const runtime = context.facts.measured?.nodes[facts.node]?.runtime;
    const ini = sitePoolOf(facts)?.web?.ini;
    const off = runtime
      ? !runtime.opcache.enabled
      : ini !== undefined && (ini['opcache.enable'] === undefined || ['0', '', 'Off', 'off'].includes(ini['opcache.enable']));
    if (off)
      add(
        'opcache-off',
        facts.node,
        row('warning', 'OPcache', 'off', 'on', remedy`Set opcache.enable = 1. Every page becomes several times faster, more than with any cache store.`),
      );
    if (runtime?.opcache.full || (runtime?.opcache.restartsOutOfMemory ?? 0) > 0)
      add(
        'opcache-full',
        facts.node,
        row(
          'warning',
          'OPcache',
          `full (${runtime?.opcache.usedMb} MB used, ${runtime?.opcache.scripts} scripts)`,
          'room for all scripts',
          remedy`Raise opcache.memory_consumption (256 or more) and opcache.max_accelerated_files (20000).`,
        ),
      );
    const apcu = runtime?.apcu;
    if (apcu && (apcu.expunges > 0 || (apcu.sizeMb >= 8 && apcu.freeMb < apcu.sizeMb / 10)))
      add(
        'apcu-full',
        facts.node,
        row(
          'note',
          'APCu',
          `${apcu.freeMb} of ${apcu.sizeMb} MB free, emptied ${apcu.expunges} times`,
          'a tenth free',
          remedy`Raise apc.shm_size: when APCu is full, it drops everything at once.`,
        ),
      );
  }
}

const ONE_TEMPDIR = 'one folder for all nodes';
const UPLOADS = remedy`an upload may begin on one node and end on another.`;

function folderRows(context: AdviceContext, add: Add): void {
  const own = privateFolder('tempdir', context.cluster, context.facts);
  for (const { node, moodle } of context.moodleFacts) {
    if (!moodle) continue;
    const disk = own.find((o) => o.node === node);
    if (disk) {
      add(
        'tempdir',
        node,
        row(
          'warning',
          '$CFG->tempdir',
          `${disk.mount.path}, on a local disk of the node (${disk.mount.fsType})`,
          ONE_TEMPDIR,
          remedy`Put it on the shared disk, or remove the setting from config.php on every node: ${part(UPLOADS)}`,
        ),
      );
    } else if (moodle.tempdir !== '' && !isBelow(moodle.tempdir, moodle.dataroot) && moodleNodes(context.cluster).length > 1) {
      const main = context.moodle?.tempdir;
      const words = main === moodle.tempdir ? `${moodle.tempdir}, outside dataroot` : `${moodle.tempdir}, on main ${main}`;
      add('tempdir', node, row('note', '$CFG->tempdir', words, ONE_TEMPDIR, remedy`Make sure that it is shared: ${part(UPLOADS)}`));
    }
    const { mode } = moodle.mucFile;
    if (mode !== undefined && (Number.parseInt(mode, 8) & 0o006) !== 0) {
      const can = (Number.parseInt(mode, 8) & 0o002) !== 0 ? 'readable and writable' : 'readable';
      add(
        'muc-mode',
        node,
        row(
          'warning',
          moodle.mucFile.path,
          `${can} for every local user (mode ${mode})`,
          'web user only',
          remedy`It may hold passwords, and Moodle runs it as PHP: ${sh`chmod 660 ${moodle.mucFile.path}`}`,
        ),
      );
    }
  }
}

function useRows(context: AdviceContext, add: Add): void {
  const main = mainNode(context.cluster).name;
  const use = context.facts.measured?.use;
  if (use?.themeDesignerMode)
    add(
      'designer',
      main,
      row('warning', 'theme designer mode', 'on', 'off', remedy`Turn it off (Appearance > Advanced theme settings). With it, every page rebuilds all styles.`),
    );
  if (use && !use.langStringCache) add('langcache', main, row('warning', 'caching of language strings', 'off', 'on', remedy`Turn langstringcache on.`));
  const [code] = use?.writableCode ?? [];
  if (code !== undefined)
    add(
      'dirroot',
      main,
      row(
        'warning',
        "Moodle's code",
        `${code} can be changed by the web user`,
        'read-only for the web user',
        remedy`Make root its owner, so that an attacker in PHP cannot change it. The wizard never runs code from there as root.`,
      ),
    );
  if (use && !use.cacheJs) add('cachejs', main, row('warning', 'caching of JavaScript', 'off', 'on', remedy`Turn cachejs on.`));
}

/** Rows of step 1, worst first left to the view. */
export function measuredFindings(context: AdviceContext): readonly Finding[] {
  const found: Finding[] = [];
  const add: Add = (key, node, r) => found.push({ id: `needs.${key}:${node}`, node, ...r });
  for (const rows of [
    ageRows,
    sharedRows,
    fileSessionRows,
    placeRows,
    runtimeRows,
    folderRows,
    useRows,
    sessionRows,
    memcachedRows,
    memberRows,
    serviceSizeRows,
  ])
    rows(context, add);
  return [...found, ...clockRows(context)];
}

/** Clocks of nodes against each other: what counts is the distance between the fastest and the slowest. */
function clockRows(context: AdviceContext): readonly Finding[] {
  const byClock = [...context.moodleFacts].sort((a, b) => a.clockSkew - b.clockSkew);
  const [slowest] = byClock;
  const fastest = byClock.at(-1);
  if (!slowest || !fastest || fastest.clockSkew - slowest.clockSkew <= 1) return [];
  const apart = `${fastest.node} is ${(fastest.clockSkew - slowest.clockSkew).toFixed(1)} s ahead of ${slowest.node}`;
  return [
    {
      id: `needs.clocks:${slowest.node}`,
      node: slowest.node,
      ...row(
        'warning',
        'clocks of the nodes',
        apart,
        'within 1 s of each other',
        remedy`Synchronise them with chrony or systemd-timesyncd: Moodle compares times of several nodes, and empties local caches by them.`,
      ),
    },
  ];
}
