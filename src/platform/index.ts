/** What differs between distributions, as tables: package, unit and user names (design section 9). The only place that knows them. */

import type { NodeFacts, OsFacts, PhpPool } from '../core/facts.js';
import { debianPhpPackages, debianService } from './debian.js';
import { rhelPhpPackages, rhelService } from './rhel.js';
import type { PackageManager, ServicePlatform, ServicePlugin, SupportLevel } from './types.js';

export type { PackageManager, ServicePlatform, ServicePlugin, SupportLevel } from './types.js';

/** Extensions that the wizard installs, by store plugin. */
const EXTENSION_OF: Readonly<Record<string, string>> = { redis: 'redis', memcached: 'memcached', apcu: 'apcu', mongodb: 'mongodb' };

/** The PHP extension a store plugin needs; null for plugins that need none (file, session, static) or are not known. */
export function extensionOf(plugin: string): string | null {
  return Object.hasOwn(EXTENSION_OF, plugin) ? (EXTENSION_OF[plugin] ?? null) : null;
}

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

/** How well this distribution is known: `proven` ran in the lab, `expected` follows from its sources, `refused` is neither. */
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

/** Packages, binary and default units of a cache service; null when the distribution has no package of it. */
export function servicePlatform(os: OsFacts, plugin: ServicePlugin): ServicePlatform | null {
  if (os.family === 'debian') return debianService(os, plugin);
  return os.family === 'rhel' ? rhelService(os, plugin) : null;
}

/**
 * Packages that could give a PHP extension to exactly this pool's PHP, likeliest first. Which of them really does is decided
 * by the package manager's own simulation (`judgeTransaction`).
 */
export function phpPackages(facts: Pick<NodeFacts, 'os' | 'packages'>, pool: Pick<PhpPool, 'version' | 'unit'>, extension: string): readonly string[] {
  if (facts.os.family === 'debian') return debianPhpPackages(facts.os, facts.packages, pool, extension);
  return facts.os.family === 'rhel' ? rhelPhpPackages(pool, extension) : [];
}

/** True when installing an extension's package restarts this PHP by itself (Debian's dpkg trigger on conf.d; facts 8.6). */
export function restartsByItself(os: OsFacts): boolean {
  return os.family === 'debian';
}
