/** Red Hat Enterprise Linux and its relatives (support level: expected). */

import type { PhpPool } from '../core/facts.js';
import { type Command, sh } from '../core/remedy.js';

/** Remi's software collections carry a prefix (`php82-php-fpm.service` → `php82-php-pecl-redis6`); everything else has none. */
export function rhelPhpPackages(pool: Pick<PhpPool, 'unit'>, extension: string, rpm: readonly string[]): readonly string[] {
  const collection = /^(php[0-9]{2})-php-fpm/.exec(pool.unit)?.[1];
  const names = rpm.length > 0 ? rpm : [`php-${extension}`];
  return collection === undefined ? names : names.map((n) => `${collection}-${n}`);
}

/** Labels SELinux needs for a cache service on a port of its own, and for PHP to reach it: commands for the administrator. */
export function selinuxCommands(type: string, port: number, managed: boolean): readonly Command[] {
  const label = managed ? [sh`semanage port -a -t ${type} -p tcp ${port}`] : [];
  return [...label, sh`setsebool -P httpd_can_network_connect on`];
}
