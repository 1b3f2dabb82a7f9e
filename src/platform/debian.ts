/** Debian and Ubuntu. */

import type { OsFacts, PhpPool } from '../core/facts.js';

/** Distributions whose own archive names extension packages without the PHP version only. */
function unversionedOnly(os: OsFacts): boolean {
  return (os.id === 'debian' && Number.parseInt(os.versionId, 10) <= 11) || (os.id === 'ubuntu' && Number.parseInt(os.versionId, 10) <= 20);
}

/** True when PHP comes from the archive with several PHP versions side by side (deb.sury.org, ppa:ondrej/php). */
export function isManyPhpArchive(packages: Readonly<Record<string, string>>): boolean {
  return Object.entries(packages).some(([name, version]) => /^php[0-9]/.test(name) && version.includes('deb.sury.org'));
}

/**
 * `php8.2-redis` exists in the archives with many PHPs and in Debian's own since 12; before, `php-redis` is the real package.
 * In an archive with many PHPs `php-redis` would pull in the newest PHP, so it comes last there and the simulation refuses it.
 */
export function debianPhpPackages(
  os: OsFacts,
  packages: Readonly<Record<string, string>>,
  pool: Pick<PhpPool, 'version'>,
  extension: string,
): readonly string[] {
  const versioned = `php${pool.version}-${extension}`;
  const plain = `php-${extension}`;
  return unversionedOnly(os) && !isManyPhpArchive(packages) ? [plain, versioned] : [versioned, plain];
}
