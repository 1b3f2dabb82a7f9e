/** What stops a run before anything is changed. Pure: facts in, errors out, every node named. */

import { type Cluster, mainNode, moodleNodes } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { ClusterFacts, MoodleNodeFacts } from '../core/facts.js';
import { shown } from '../core/names.js';
import { remedy, sh } from '../core/remedy.js';
import { pasteAs } from '../exec/paste-as.js';
import type { Reader } from './reader.js';
import { cachedirRefusals } from './refusals-folders.js';
import { altPathRefusals, mucRefusals } from './refusals-muc.js';
import { poolRefusals } from './refusals-pools.js';
import { moodleName, moodleSupport, phpSupport } from './support.js';

/** Every reason why this site cannot be worked on as it is. Empty when there is none. */
export function siteRefusals(cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  const readers = moodleNodes(cluster).flatMap((node): readonly Reader[] => {
    const of = facts.nodes[node.name];
    return of?.moodle ? [{ node, facts: of, moodle: of.moodle }] : [];
  });
  const main = readers.find((r) => r.node.name === mainNode(cluster).name) ?? readers[0];
  return [
    ...platformRefusals(cluster, facts),
    ...notMoodle(cluster, facts),
    ...versionRefusals(readers),
    ...(main === undefined
      ? []
      : [
          ...differences(main, readers),
          ...cachedirRefusals(main, cluster, facts),
          ...altPathRefusals(main, readers),
          ...mucRefusals(main, readers),
          ...storePluginRefusals(main, readers),
        ]),
    ...poolRefusals(cluster, facts),
    ...upgradeRefusals(cluster, facts),
  ];
}

/** Windows and systems without known packages, where something would have to be done. */
function platformRefusals(cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  return cluster.nodes.flatMap((node) => {
    const os = facts.nodes[node.name]?.os;
    const ours = node.roles.some((role) => role !== 'database' && role !== 'load-balancer');
    if (!os || !ours || os.family !== 'other') return [];
    const windows = /windows|mingw|cygwin|msys/i.test(`${os.id} ${os.name}`);
    return [
      new WizardError(
        'platform-refused',
        `${node.name} runs ${os.name}. ${windows ? 'A Moodle cluster on Windows is not supported (nor by Moodle).' : 'Supported: Debian, Ubuntu and the Red Hat family.'}`,
        {
          nodes: [node.name],
          remedies: [remedy`Exclude ${node.name} with "state: out", and set it up by hand.`],
        },
      ),
    ];
  });
}

function notMoodle(cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  return moodleNodes(cluster).flatMap((node) => {
    const of = facts.nodes[node.name];
    if (of === undefined || of.moodle) return [];
    if (of.phpBinary === null) {
      return [
        new WizardError('package-missing', `${node.name}: ${of.moodleError ?? 'there is no PHP'}`, {
          nodes: [node.name],
          remedies: [
            remedy`Install the command line of the PHP that pages run with: on Debian and Ubuntu php8.2-cli (with its version), on the Red Hat family php-cli.`,
          ],
        }),
      ];
    }
    return [
      new WizardError('not-a-moodle', `${node.name}: Moodle at ${cluster.dirroot} cannot be read: ${of.moodleError ?? 'no reason was given'}`, {
        nodes: [node.name],
        remedies: /dataroot/.test(of.moodleError ?? '')
          ? [
              remedy`Check dataroot on ${node.name}: its share must be mounted there, not read-only and not full, and belong to the web user. ${sh`grep dataroot ${cluster.dirroot}/config.php; findmnt; df -h`}`,
            ]
          : [
              remedy`Set moodle.dirroot in the answers to the folder that holds config.php on every Moodle node; check: ${sh`ls -l ${cluster.dirroot}/config.php`}`,
            ],
      }),
    ];
  });
}

function versionRefusals(readers: readonly Reader[]): readonly WizardError[] {
  return readers.flatMap(({ node, moodle }) => {
    const ofMoodle = moodleSupport(moodle.branch);
    const ofPhp = phpSupport(moodle.phpVersion);
    const refuse = (what: string, why: string): WizardError =>
      new WizardError('platform-refused', `${node.name}: unsupported ${what}: ${why}.`, {
        nodes: [node.name],
        remedies: [remedy`Upgrade it first (the guide: "Upgrade procedure").`],
      });
    return [
      ...(ofMoodle.level === 'refused' ? [refuse(`Moodle ${moodleName(moodle.branch)}`, ofMoodle.why)] : []),
      ...(ofPhp.level === 'refused' ? [refuse(`PHP ${moodle.phpVersion}`, ofPhp.why)] : []),
    ];
  });
}

type Compared = readonly [name: string, of: (m: MoodleNodeFacts) => string];

/** Settings that must be the same text on every node (fact M15). */
const SETTINGS: readonly Compared[] = [
  ['$CFG->dbtype', (m) => m.db.type],
  ['$CFG->dbhost', (m) => m.db.host],
  ['$CFG->dbname', (m) => m.db.name],
  ['$CFG->dbuser', (m) => m.db.user],
  ['$CFG->prefix', (m) => m.db.prefix],
  ['$CFG->wwwroot', (m) => m.wwwroot],
  ['$CFG->dataroot', (m) => m.dataroot],
  ['$CFG->cachedir', (m) => m.cachedir],
  ['$CFG->tempdir', (m) => m.tempdir],
];

/** How a node differs from main: code, settings, shared disk. */
function differences(main: Reader, readers: readonly Reader[]): readonly WizardError[] {
  return readers
    .filter((r) => r !== main)
    .flatMap((other) => {
      const settings = SETTINGS.filter(([, of]) => of(other.moodle) !== of(main.moodle)).map(
        ([name, of]) => `${name} is "${of(other.moodle)}" (${main.node.name}: "${of(main.moodle)}")`,
      );
      return [
        ...(other.moodle.versionsHash === main.moodle.versionsHash ? [] : [codeDiffers(main, other)]),
        ...(settings.length === 0 ? [] : [settingsDiffer(main, other, settings)]),
        ...notShared(main, other),
      ];
    });
}

function codeDiffers(main: Reader, other: Reader): WizardError {
  const a = other.moodle;
  const b = main.moodle;
  const release =
    a.release === b.release
      ? `the same release (${a.release}), but other plugins or plugin versions`
      : `Moodle ${a.release}, and ${main.node.name} has ${b.release}`;
  const plugins = folderDifference(a.storePlugins, b.storePlugins, other.node.name, main.node.name);
  return new WizardError('nodes-differ', `The code on ${other.node.name} differs from ${main.node.name}: it has ${release}.${plugins}`, {
    nodes: [other.node.name, main.node.name],
    remedies: [
      remedy`Bring the code of ${main.node.name} to ${other.node.name}, then run this again.`,
      remedy`Show the differences: ${sh`rsync -rcn --delete --out-format=%n ${b.dirroot}/ ${other.node.host === 'local' ? other.node.name : other.node.host}:${b.dirroot}/`}`,
    ],
  });
}

function folderDifference(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>, nameA: string, nameB: string): string {
  const onlyA = Object.keys(a).filter((p) => !(p in b));
  const onlyB = Object.keys(b).filter((p) => !(p in a));
  const part = (only: readonly string[], name: string): string => (only.length === 0 ? '' : ` Only on ${name}: cache store plugin ${only.join(', ')}.`);
  return part(onlyA, nameA) + part(onlyB, nameB);
}

function settingsDiffer(main: Reader, other: Reader, differences: readonly string[]): WizardError {
  return new WizardError('nodes-differ', `config.php on ${other.node.name} differs from ${main.node.name}: ${differences.join('; ')}.`, {
    nodes: [other.node.name, main.node.name],
    remedies: [remedy`Make these settings identical in ${main.moodle.dirroot}/config.php on both nodes: any difference means other caches, or another site.`],
  });
}

/** The same dataroot path on two disks is two sites' files. One file has one change time, wherever it is seen. */
function notShared(main: Reader, other: Reader): readonly WizardError[] {
  const a = other.moodle;
  const b = main.moodle;
  if (a.dataroot !== b.dataroot || a.altCacheConfigPath !== null || b.altCacheConfigPath !== null) return [];
  // The same settings make the same path: another one is not Moodle's, and must not get into commands to paste.
  if (a.mucFile.path !== b.mucFile.path)
    return [settingsDiffer(main, other, [`the path of the cache configuration is "${shown(a.mucFile.path, 200)}" and "${shown(b.mucFile.path, 200)}"`])];
  const sameFile = a.mucFile.exists === b.mucFile.exists && a.mucFile.sha256 === b.mucFile.sha256;
  const sameStamp = other.facts.mucStamp === undefined || main.facts.mucStamp === undefined || other.facts.mucStamp === main.facts.mucStamp;
  if (sameFile && sameStamp) return [];
  const mounts = `${other.node.name}: ${a.datarootMount.source} (${a.datarootMount.fsType}); ${main.node.name}: ${b.datarootMount.source} (${b.datarootMount.fsType})`;
  const how = sameFile
    ? 'holds the same text, but is another file (its change time differs)'
    : a.mucFile.exists === b.mucFile.exists
      ? 'has other content'
      : 'exists on only one of them';
  return [
    new WizardError('nodes-differ', `${a.dataroot} on ${other.node.name} is not that of ${main.node.name}: ${a.mucFile.path} ${how}. Mounted: ${mounts}.`, {
      nodes: [other.node.name, main.node.name],
      remedies: [
        remedy`Mount the one shared dataroot on every Moodle node (the guide: "Dataroot server").`,
        remedy`If the caches changed within the last minute, the share may still show an older file: run this again.`,
      ],
    }),
  ];
}

/** A store whose plugin is missing on one node: that node rewrites the file without it (facts, introduction). */
function storePluginRefusals(main: Reader, readers: readonly Reader[]): readonly WizardError[] {
  const { muc } = main.moodle;
  if (muc.state !== 'ok') return [];
  return readers.flatMap((reader) => {
    const lost = muc.config.stores.filter((store) => !(store.plugin in reader.moodle.storePlugins));
    if (lost.length === 0) return [];
    const names = lost.map((store) => `"${store.name}" (cache/stores/${store.plugin})`).join(', ');
    return [
      new WizardError(
        'nodes-differ',
        `${reader.node.name} lacks the plugin of the configured store ${names}. As soon as Moodle on ${reader.node.name} saves the cache configuration, these stores and their mappings vanish from it for every node.`,
        {
          nodes: [reader.node.name],
          remedies: [remedy`Copy the plugin's folder to ${reader.node.name} first, in the same version as on the other nodes. Or remove the store.`],
        },
      ),
    ];
  });
}

/** While code and database do not fit, Moodle rewrites its caches with the next upgrade, and what is proven now would not be what runs then. */
function upgradeRefusals(cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  if (facts.site?.upgradePending !== true) return [];
  const main = mainNode(cluster).name;
  const { dirroot } = cluster;
  const user = facts.nodes[main]?.webUser ?? cluster.webUser ?? 'www-data';
  return [
    new WizardError('upgrade-pending', `${main}: a Moodle upgrade is pending: its code and its database have different versions.`, {
      nodes: [main],
      remedies: [
        remedy`Finish the upgrade first, in maintenance mode, with the same code on every node (the guide: "Upgrade procedure"). On ${main}: ${pasteAs(user, sh`php ${dirroot}/admin/cli/upgrade.php --non-interactive`)}`,
        remedy`If no upgrade is intended, a plugin was added, removed or replaced: restore the previous code on every node.`,
      ],
    }),
  ];
}
