/** Looks for Moodle on this machine: roots in web servers' configuration and usual places. Reads only, runs nothing of theirs. */

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

const ROOT_LINE = /^\s*(?:root|DocumentRoot)\s+"?([^";\s]+)"?/gim;
const ALIAS_LINE = /^\s*(?:alias|Alias\s+\S+)\s+"?([^";\s]+)"?/gim;

function readText(path: string): string {
  try {
    return statSync(path).size < 1_000_000 ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

function files(dir: string): readonly string[] {
  try {
    return readdirSync(dir).map((name) => join(dir, name));
  } catch {
    return [];
  }
}

/** The folder that holds config.php, for a document root; 5.1 serves `public/` below it. */
function dirrootOf(root: string): string | null {
  for (const dir of [root, dirname(root)]) {
    const code = existsSync(join(dir, 'public', 'version.php')) ? join(dir, 'public') : dir;
    if (existsSync(join(dir, 'config.php')) && existsSync(join(code, 'version.php')) && existsSync(join(code, 'lib', 'setup.php'))) return dir;
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
export function findSites(): readonly SiteCandidate[] {
  const found = new Map<string, SiteCandidate>();
  const consider = (root: string, foundIn: string) => {
    let real: string;
    try {
      real = realpathSync(root);
    } catch {
      return;
    }
    const dirroot = dirrootOf(real);
    if (dirroot === null || found.has(dirroot)) return;
    found.set(dirroot, { dirroot, wwwroot: wwwrootOf(dirroot), release: releaseOf(dirroot), foundIn });
  };
  for (const file of CONFIG_DIRS.flatMap((dir) => files(dir))) {
    const text = readText(file);
    for (const pattern of [ROOT_LINE, ALIAS_LINE]) for (const match of text.matchAll(pattern)) if (match[1]) consider(match[1], file);
  }
  for (const dir of USUAL) consider(dir, 'a usual place');
  return [...found.values()];
}
