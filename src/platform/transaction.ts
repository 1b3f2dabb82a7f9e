/** The transaction of a package manager, read from its own simulation and judged. Pure. */

import type { PackageManager } from './types.js';

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

export interface Transaction {
  readonly installs: readonly PackageVersion[];
  readonly upgrades: readonly (PackageVersion & { readonly from: string })[];
  readonly removals: readonly string[];
  /** What the package manager does not have. */
  readonly missing: readonly string[];
}

const APT_STEP = /^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?/;
const APT_MISSING = [
  /^E: Unable to locate package (\S+)/,
  /^E: Package '([^']+)' has no installation candidate/,
  /^Package (\S+) is a virtual package provided by:/,
];

/** A rollback passes the names to the package manager, so nothing else may be accepted as a name. */
const isPackage = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9+._:~-]{0,199}$/.test(text);
const isVersion = (text: string): boolean => /^[A-Za-z0-9+._:~^-]{0,200}$/.test(text);

/** Reads `apt-get -s` (LC_ALL=C). */
export function parseApt(text: string): Transaction {
  const installs: PackageVersion[] = [];
  const upgrades: (PackageVersion & { from: string })[] = [];
  const removals: string[] = [];
  const missing = new Set<string>();
  for (const line of text.split('\n')) {
    const step = APT_STEP.exec(line);
    if (step) {
      const [, verb, name = '', from, version = ''] = step;
      if (!isPackage(name) || !isVersion(version)) continue;
      if (verb !== 'Inst') removals.push(name);
      else if (from === undefined) installs.push({ name, version });
      else upgrades.push({ name, version, from });
      continue;
    }
    for (const pattern of APT_MISSING) {
      const name = pattern.exec(line)?.[1];
      if (name !== undefined && isPackage(name)) missing.add(name);
    }
  }
  return { installs, upgrades, removals, missing: [...missing] };
}

/** A heading of dnf's table and what the rows under it mean. */
const DNF_SECTIONS: readonly (readonly [RegExp, 'install' | 'upgrade' | 'remove' | null])[] = [
  [/^(Installing|Reinstalling)( dependencies| weak dependencies| group\/module packages)?:$/, 'install'],
  [/^(Upgrading|Downgrading)( dependencies)?:$/, 'upgrade'],
  [/^Removing( dependent packages| unused dependencies)?:$/, 'remove'],
  [/^(Transaction Summary|Enabling module streams:|Switching module streams:)/, null],
];

/** Reads `dnf --assumeno` (LC_ALL=C): table rows are name, architecture, version, repository, size. */
export function parseDnf(text: string): Transaction {
  const installs: PackageVersion[] = [];
  const upgrades: (PackageVersion & { from: string })[] = [];
  const removals: string[] = [];
  const missing = new Set<string>();
  let section: 'install' | 'upgrade' | 'remove' | null = null;
  for (const line of text.split('\n')) {
    const heading = DNF_SECTIONS.find(([pattern]) => pattern.test(line));
    const absent = /^(?:No match for argument: |Error: Unable to find a match: )(.+)$/.exec(line)?.[1];
    if (heading) section = heading[1];
    else if (absent !== undefined) for (const name of absent.trim().split(/\s+/).filter(isPackage)) missing.add(name);
    const row = /^ (\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s/.exec(line);
    if (!row || section === null) continue;
    const [, name = '', , version = ''] = row;
    if (!isPackage(name) || !isVersion(version)) continue;
    if (section === 'install') installs.push({ name, version });
    else if (section === 'upgrade') upgrades.push({ name, version, from: '' });
    else removals.push(name);
  }
  return { installs, upgrades, removals, missing: [...missing] };
}

/** Reads either. */
export function parseTransaction(manager: PackageManager, text: string): Transaction {
  return manager === 'apt' ? parseApt(text) : parseDnf(text);
}

/** The PHP version a package belongs to by its name: `php8.4-cli`, `libapache2-mod-php8.4`, `php84-php-common`. */
export function phpVersionOf(name: string): string | null {
  const debian = /(?:^|-)(?:lib)?php(\d+\.\d+)(?:-|$)/.exec(name)?.[1];
  if (debian !== undefined) return debian;
  const remi = /^php(\d)(\d)-/.exec(name);
  return remi ? `${remi[1]}.${remi[2]}` : null;
}

const isPhp = (name: string) => /^(lib)?php|-php/.test(name);
/** PHP itself on Red Hat, where the version stands in the package's version only. */
const isPhpCore = (name: string) => /^php(-common|-cli|-fpm|-opcache)?$/.test(name);

/** Reasons why a transaction must not run; empty when it may. */
export function judgeTransaction(
  transaction: Transaction,
  rules: { readonly phpVersion: string | undefined; readonly allowPhpUpgrade: boolean },
): readonly string[] {
  const problems: string[] = [];
  if (transaction.removals.length > 0) problems.push(`it would remove ${transaction.removals.join(', ')}`);
  const strangers = [...transaction.installs, ...transaction.upgrades].filter((p) => {
    const version = phpVersionOf(p.name);
    if (version !== null) return version !== rules.phpVersion;
    const core = isPhpCore(p.name) ? /^(?:\d+:)?(\d+\.\d+)/.exec(p.version)?.[1] : undefined;
    return core !== undefined && rules.phpVersion !== undefined && core !== rules.phpVersion;
  });
  if (strangers.length > 0) {
    const which = rules.phpVersion === undefined ? 'PHP' : `a PHP other than ${rules.phpVersion}`;
    problems.push(`it would install ${which}: ${strangers.map((p) => `${p.name} ${p.version}`).join(', ')}`);
  }
  const phps = transaction.upgrades.filter((p) => isPhp(p.name) && !strangers.includes(p));
  if (phps.length > 0 && !rules.allowPhpUpgrade) problems.push(`it would upgrade PHP: ${phps.map((p) => `${p.name} ${p.from} → ${p.version}`).join(', ')}`);
  return problems;
}

/** One line each of what would happen. */
export function describeTransaction(transaction: Transaction): readonly string[] {
  return [
    ...transaction.installs.map((p) => `install ${p.name} ${p.version}`),
    ...transaction.upgrades.map((p) => `upgrade ${p.name} ${p.from} → ${p.version}`.replace('  ', ' ')),
    ...transaction.removals.map((name) => `REMOVE ${name}`),
    ...transaction.missing.map((name) => `not found: ${name}`),
  ];
}

/** The simulation as a command. It needs no root for apt; dnf reads root's caches. */
export function simulateArgv(manager: PackageManager, verb: 'install' | 'remove' | 'purge', packages: readonly string[]): readonly string[] {
  if (manager === 'apt')
    return ['apt-get', '-s', '-q', '--no-install-recommends', ...(verb === 'install' ? [] : ['--no-auto-remove']), verb, '--', ...packages];
  return [
    'dnf',
    '-q',
    '--assumeno',
    '--setopt=install_weak_deps=False',
    ...(verb === 'install' ? [] : ['--noautoremove']),
    verb === 'install' ? 'install' : 'remove',
    '--',
    ...packages,
  ];
}
