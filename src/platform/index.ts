/** Differences between distributions, as tables (rule S29). Packages of a cache server and names of an extension's RPM are traits of its store plugin. */

import type { NodeFacts, OsFacts, PhpPool } from '../core/facts.js';
import { debianPhpPackages } from './debian.js';
import { rhelPhpPackages } from './rhel.js';
import type { PackageManager, SupportLevel } from './types.js';

export type { PackageManager, SupportLevel } from './types.js';

const PROVEN: Readonly<Record<string, readonly string[]>> = { debian: ['11', '12'] };
const EXPECTED: Readonly<Record<string, RegExp>> = {
  debian: /^13$/,
  ubuntu: /^(20|22|24|26)\.04$/,
  rhel: /^(8|9|10)(\.\d+)?$/,
  rocky: /^(8|9|10)(\.\d+)?$/,
  almalinux: /^(8|9|10)(\.\d+)?$/,
  ol: /^(8|9|10)(\.\d+)?$/,
  centos: /^(8|9|10)$/,
};

/** Support level of a distribution: `proven` is tested, `expected` follows from its documentation and sources, `refused` is neither. */
export function supportLevel(os: OsFacts): SupportLevel {
  if (PROVEN[os.id]?.includes(os.versionId)) return 'proven';
  return EXPECTED[os.id]?.test(os.versionId) ? 'expected' : 'refused';
}

/** Package manager of a family, or null when the wizard knows none. */
export function packageManagerOf(os: OsFacts): PackageManager | null {
  return os.family === 'debian' ? 'apt' : os.family === 'rhel' ? 'dnf' : null;
}

/** File with the certificate authorities that the distribution trusts; null where the wizard knows none. */
export function systemCaFile(os: OsFacts | undefined): string | null {
  if (os?.family === 'debian') return '/etc/ssl/certs/ca-certificates.crt';
  return os?.family === 'rhel' ? '/etc/pki/tls/certs/ca-bundle.crt' : null;
}

/**
 * Packages that could give a PHP extension to exactly this pool's PHP, likeliest first. Which of them really does is decided
 * by the package manager's own simulation (`judgeTransaction`).
 * @param rpm names that the extension's package has on Red Hat beside `php-NAME`
 */
export function phpPackages(
  facts: Pick<NodeFacts, 'os' | 'packages'>,
  pool: Pick<PhpPool, 'version' | 'unit'>,
  extension: string,
  rpm: readonly string[],
): readonly string[] {
  if (facts.os.family === 'debian') return debianPhpPackages(facts.os, facts.packages, pool, extension);
  return facts.os.family === 'rhel' ? rhelPhpPackages(pool, extension, rpm) : [];
}

/** True when installing an extension's package restarts this PHP by itself (Debian's dpkg trigger on conf.d; fact M22). */
export function restartsByItself(os: OsFacts): boolean {
  return os.family === 'debian';
}
