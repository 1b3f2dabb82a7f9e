/** Configuration that can lose the site when it is wrong, by the folder of its service, and how that service reads it again. */

import type { Afterwards } from '../core/guarded.js';
import { isAbsolutePath } from '../core/names.js';

const SERVICES: readonly { readonly folders: readonly string[]; readonly after: Afterwards }[] = [
  { folders: ['/etc/nginx'], after: 'reload-nginx' },
  { folders: ['/etc/apache2', '/etc/httpd'], after: 'reload-apache' },
  { folders: ['/etc/haproxy'], after: 'reload-haproxy' },
  { folders: ['/etc/php', '/etc/php.d', '/etc/php-fpm.d'], after: 'reload-php' },
];

/** What must follow when a root-owned file is restored; null for a path that is no configuration of these services, which no trial guards. */
export function afterwardsOf(path: string): Afterwards | null {
  if (!isAbsolutePath(path) || path.split('/').some((part) => part === '.' || part === '..')) return null;
  return SERVICES.find(({ folders }) => folders.some((folder) => path.startsWith(`${folder}/`)))?.after ?? null;
}
