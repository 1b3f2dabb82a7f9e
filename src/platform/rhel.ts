/** Red Hat Enterprise Linux and its relatives (support level: expected). */

import type { OsFacts, PhpPool } from '../core/facts.js';
import { type Command, sh } from '../core/remedy.js';
import type { ServicePlatform, ServicePlugin } from './types.js';

/** MongoDB is not in the distribution. From release 10 on Valkey stands where Redis was; it speaks the same protocol and reads the same configuration. */
export function rhelService(os: OsFacts, plugin: ServicePlugin): ServicePlatform | null {
  const release = Number.parseInt(os.versionId, 10);
  if (plugin === 'redis') {
    const name = release >= 10 ? 'valkey' : 'redis';
    return {
      packages: [name],
      binary: `/usr/bin/${name}-server`,
      user: name,
      group: name,
      defaultUnits: [`${name}.service`],
      lazyUserDelete: release >= 9,
    };
  }
  if (plugin === 'memcached') {
    return {
      packages: ['memcached'],
      binary: '/usr/bin/memcached',
      user: 'memcached',
      group: 'memcached',
      defaultUnits: ['memcached.service'],
      lazyUserDelete: false,
    };
  }
  return null;
}

const PECL: Readonly<Record<string, readonly string[]>> = {
  redis: ['php-pecl-redis6', 'php-pecl-redis5', 'php-pecl-redis'],
  memcached: ['php-pecl-memcached'],
  apcu: ['php-pecl-apcu'],
  mongodb: ['php-pecl-mongodb2', 'php-pecl-mongodb'],
};

/** Remi's software collections carry a prefix (`php82-php-fpm.service` → `php82-php-pecl-redis6`); everything else has none. */
export function rhelPhpPackages(pool: Pick<PhpPool, 'unit'>, extension: string): readonly string[] {
  const collection = /^(php[0-9]{2})-php-fpm/.exec(pool.unit)?.[1];
  const names = PECL[extension] ?? [`php-${extension}`];
  return collection === undefined ? names : names.map((n) => `${collection}-${n}`);
}

/** Labels SELinux needs for a cache service on a port of its own, and for PHP to reach it: commands for the administrator. */
export function selinuxCommands(plugin: ServicePlugin, port: number, managed: boolean): readonly Command[] {
  const type = plugin === 'redis' ? 'redis_port_t' : plugin === 'memcached' ? 'memcache_port_t' : 'mongod_port_t';
  const label = managed ? [sh`semanage port -a -t ${type} -p tcp ${port}`] : [];
  return [...label, sh`setsebool -P httpd_can_network_connect on`];
}
