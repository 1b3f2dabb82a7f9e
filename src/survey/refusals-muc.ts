/** What about the MUC file itself stops a run. Pure. */

import { dirname } from 'node:path';
import { WizardError } from '../core/errors.js';
import { NETWORK_FS } from '../core/local-folder.js';
import { remedy, sh } from '../core/remedy.js';
import { pasteAs } from '../exec/paste-as.js';
import type { Reader } from './reader.js';

/** Moodle holds its lock for a moment only; older, it was left by a process that was killed. */
const STALE_SECONDS = 60;

/** Corrupt, missing, locked, or not used at all. */
export function mucRefusals(main: Reader, readers: readonly Reader[]): readonly WizardError[] {
  const factory = readers.filter((r) => r.moodle.alternativeCacheFactory !== null);
  if (factory.length > 0) return [otherFactory(factory)];
  const stale = readers.find((r) => r.moodle.mucLock.exists && (r.moodle.mucLock.ageSeconds ?? 0) > STALE_SECONDS);
  return [...brokenFiles(readers.filter((r) => seesFileOf(main, r))), ...(stale === undefined ? [] : [staleLock(stale)])];
}

/** A node that sees another file has a problem of its own, reported elsewhere: what is said of main's file would mislead there. */
function seesFileOf(main: Reader, { moodle }: Reader): boolean {
  const a = main.moodle.mucFile;
  const b = moodle.mucFile;
  return a.path === b.path && a.exists === b.exists && a.sha256 === b.sha256;
}

function otherFactory(readers: readonly Reader[]): WizardError {
  const name = readers[0]?.moodle.alternativeCacheFactory ?? '';
  const forced = /forcedcache/i.test(name);
  return new WizardError(
    'cache-factory',
    `$CFG->alternative_cache_factory_class is ${name}: Moodle takes its cache configuration from there and ignores the MUC file.`,
    {
      nodes: readers.map((r) => r.node.name),
      remedies: [
        forced
          ? remedy`Change the stores in $CFG->tool_forcedcache_config_array (or its file) on every node.`
          : remedy`Change the stores where ${name} takes them from.`,
        remedy`Or remove the setting from config.php on every node, and run this again.`,
      ],
    },
  );
}

const NAMELESS = 'its siteidentifier is missing, so its keys on a cache server equal those of every other such site';

/** One error for each kind of problem: nodes that share the file share the problem. */
function brokenFiles(readers: readonly Reader[]): readonly WizardError[] {
  const corrupt = new Map<string, Reader[]>();
  const missing: Reader[] = [];
  for (const reader of readers) {
    const { muc } = reader.moodle;
    const nameless = muc.state === 'ok' && muc.config.siteIdentifier === 'unknown';
    const empty = reader.moodle.mucFile.size === 0;
    const reason = empty ? 'it is empty' : nameless ? NAMELESS : muc.state === 'corrupt' ? muc.reason : '';
    if (muc.state === 'corrupt' || nameless) corrupt.set(reason, [...(corrupt.get(reason) ?? []), reader]);
    if (muc.state === 'missing') missing.push(reader);
  }
  const path = readers[0]?.moodle.mucFile.path ?? '';
  return [
    ...[...corrupt].map(
      ([reason, at]) =>
        new WizardError('muc-corrupt', `The cache configuration ${path} cannot be used: ${reason}.`, {
          nodes: at.map((r) => r.node.name),
          remedies: [
            remedy`Restore the newest good copy on record (the bad file is kept): moodle-cluster-wizard repair --yes`,
            remedy`If there is none, restore Moodle's own default: moodle-cluster-wizard repair --default --yes`,
            remedy`Or restore ${path} from a backup of dataroot, with its owner and mode.`,
          ],
        }),
    ),
    ...(missing.length === 0
      ? []
      : [
          new WizardError(
            'muc-corrupt',
            `There is no cache configuration at ${path}. Moodle creates a default one at its next start, without the previous stores and mappings.`,
            {
              nodes: missing.map((r) => r.node.name),
              remedies: [
                remedy`Restore the newest good copy on record: moodle-cluster-wizard repair --yes`,
                remedy`Or open any page of the site once, so that Moodle creates the default one, and run this again.`,
              ],
            },
          ),
        ]),
  ];
}

/** `61 s`, `10 minutes`, `3 hours`, `2 days`. */
function ageWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} hours` : `${Math.floor(seconds / 86_400)} days`;
}

function staleLock({ node, moodle, facts }: Reader): WizardError {
  return new WizardError(
    'muc-lock-stale',
    `Moodle's lock for writing the cache configuration has been held for ${ageWords(moodle.mucLock.ageSeconds ?? 0)}: ${moodle.mucLock.path}. No process holds it that long: a killed process left it. Every change of the caches fails until it is removed.`,
    {
      nodes: [node.name],
      remedies: [
        remedy`Make sure that no upgrade, no purge and no cache page of Moodle is running on any node.`,
        remedy`Then remove it as the web user, on ${node.name}: ${pasteAs(facts.webUser ?? 'www-data', sh`rm -- ${moodle.mucLock.path}`)}`,
      ],
    },
  );
}

/** `$CFG->altcacheconfigpath`: the same one file for all, writable for all (fact M1). */
export function altPathRefusals(main: Reader, readers: readonly Reader[]): readonly WizardError[] {
  if (readers.every((r) => r.moodle.altCacheConfigPath === null)) return [];
  return readers.flatMap((reader) => {
    const why = altPathProblem(main, reader);
    if (why === null) return [];
    return [
      new WizardError('altcacheconfigpath', `${reader.node.name}: $CFG->altcacheconfigpath ${why}`, {
        nodes: [reader.node.name],
        remedies: [
          remedy`Remove $CFG->altcacheconfigpath from config.php on every node, or set it to one folder on the shared disk that the web user of every node can write to.`,
        ],
      }),
    ];
  });
}

function altPathProblem(main: Reader, { node, moodle, facts }: Reader): string | null {
  const alt = moodle.altCacheConfigPath;
  const mains = main.moodle.altCacheConfigPath;
  if (alt === null) return mains === null ? null : `is not set, but ${main.node.name} has "${mains}".`;
  if (moodle.mucFile.path !== alt && dirname(moodle.mucFile.path) !== alt.replace(/\/+$/, '')) {
    return `is "${alt}", where the web user cannot write: Moodle silently ignores it and uses ${moodle.mucFile.path}.`;
  }
  if (mains === null) return `is "${alt}", but ${main.node.name} does not have this setting.`;
  if (alt !== mains) return `is "${alt}", but ${main.node.name} has "${mains}".`;
  if (node.name === main.node.name) return null;
  if (moodle.mucFile.path !== main.moodle.mucFile.path) return `leads to ${moodle.mucFile.path}, but on ${main.node.name} to ${main.moodle.mucFile.path}.`;
  const same =
    moodle.mucFile.exists === main.moodle.mucFile.exists &&
    moodle.mucFile.sha256 === main.moodle.mucFile.sha256 &&
    stampsAgree(facts.mucStamp, main.facts.mucStamp);
  return same
    ? null
    : `leads to a file of ${node.name}'s own: ${moodle.mucFile.path} is another file on ${main.node.name}${NETWORK_FS.test(moodle.datarootMount.fsType) ? ', although dataroot is shared' : ''}. Each node would have caches of its own.`;
}

function stampsAgree(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
