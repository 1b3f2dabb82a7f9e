/** Finds Moodle on this machine: document roots of the web servers' configuration and standard folders. Reads files, runs none. */

import { dirname, join } from 'node:path';
import { isFile, namesIn, realPath } from '../local/look.js';
import { readBounded } from '../local/read.js';
import type { SiteCandidate } from '../ui/wizard-port.js';

const CONFIG_DIRS = ['/etc/nginx/sites-enabled', '/etc/nginx/conf.d', '/etc/apache2/sites-enabled', '/etc/httpd/conf.d'] as const;

const USUAL = [
  '/var/www/moodle',
  '/var/www/html/moodle',
  '/var/www/html',
  '/srv/moodle',
  '/opt/moodle',
  '/usr/share/moodle',
  '/var/www/moodle/public',
] as const;

/** Bytes of a configuration file that is looked into. */
const MAX_BYTES = 1_000_000;

const ROOT_LINE = /^\s*(?:root|DocumentRoot)\s+"?([^";\s]+)"?/gim;
const ALIAS_LINE = /^\s*(?:alias|Alias\s+\S+)\s+"?([^";\s]+)"?/gim;

/** The web user may be able to write version.php and config.php: their content must neither hang nor flood this process. */
function readText(path: string): string {
  try {
    return readBounded(path, MAX_BYTES).toString('utf8');
  } catch {
    return '';
  }
}

function files(dir: string): readonly string[] {
  return namesIn(dir).map((name) => join(dir, name));
}

/** The folder that holds config.php, for a document root; 5.1 serves `public/` below it. */
function dirrootOf(root: string): string | null {
  for (const dir of [root, dirname(root)]) {
    const code = isFile(join(dir, 'public', 'version.php')) ? join(dir, 'public') : dir;
    if (isFile(join(dir, 'config.php')) && isFile(join(code, 'version.php')) && isFile(join(code, 'lib', 'setup.php'))) return dir;
  }
  return null;
}

/** `$release` of version.php, as text: the file is never run. */
function releaseOf(dirroot: string): string | null {
  const text = readText(join(dirroot, 'public', 'version.php')) || readText(join(dirroot, 'version.php'));
  return /\$release\s*=\s*'([^']+)'/.exec(text)?.[1] ?? null;
}

function wwwrootOf(dirroot: string): string | null {
  return /^\s*\$CFG->wwwroot\s*=\s*['"]([^'"$]+)['"]/m.exec(readText(join(dirroot, 'config.php')))?.[1] ?? null;
}

/** Every Moodle found, web servers' own first. */
export function findSites(configDirs: readonly string[] = CONFIG_DIRS, usual: readonly string[] = USUAL): readonly SiteCandidate[] {
  const found = new Map<string, SiteCandidate>();
  const consider = (root: string, foundIn: string) => {
    const real = realPath(root);
    const dirroot = real === null ? null : dirrootOf(real);
    if (dirroot === null || found.has(dirroot)) return;
    found.set(dirroot, { dirroot, wwwroot: wwwrootOf(dirroot), release: releaseOf(dirroot), foundIn });
  };
  for (const file of configDirs.flatMap((dir) => files(dir))) {
    const text = readText(file);
    for (const pattern of [ROOT_LINE, ALIAS_LINE]) for (const match of text.matchAll(pattern)) if (match[1]) consider(match[1], file);
  }
  for (const dir of usual) consider(dir, 'a standard folder');
  return [...found.values()];
}
