/** What survey.sh printed, taken apart. Pure: every function here reads text and nothing else. */

import { isIP } from 'node:net';
import type { GuardFacts, Listener, NodeFacts, OsFacts, PathFacts, UnitFacts } from '../core/facts.js';
import { isAbsolutePath, isReservedKey, isUnitName, plainText } from '../core/names.js';

const MOST_SECTIONS = 64;

/** Sections by name: what stands between a line `MARK name` and the next. No more than 64: what prints more never comes to its section `end`. */
export function sections(text: string, mark: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  const begin = `\n${mark} `;
  const whole = `\n${text}`;
  let at = whole.indexOf(begin);
  for (let n = 0; at >= 0 && n < MOST_SECTIONS; n += 1) {
    const named = whole.indexOf('\n', at + begin.length);
    const name = whole.slice(at + begin.length, named < 0 ? undefined : named).trim();
    const next = named < 0 ? -1 : whole.indexOf(begin, named);
    const content = named < 0 ? '' : whole.slice(named, next < 0 ? undefined : next);
    if (/^[a-z-]{1,40}$/.test(name) && !isReservedKey(name)) found.set(name, trimLines(content));
    at = next;
  }
  return Object.fromEntries(found);
}

/** Without empty lines at either end. A pattern would take a second look at every line of a long text. */
function trimLines(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text[from] === '\n') from += 1;
  while (to > from && text[to - 1] === '\n') to -= 1;
  return text.slice(from, to);
}

/** /etc/os-release. What says neither its family nor a known name is `other`. */
export function parseOsRelease(text: string): OsFacts {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/.exec(line.trim());
    if (match) values.set(match[1] ?? '', (match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? '').trim());
  }
  const id = word((values.get('ID') ?? '').toLowerCase());
  const kin = new Set([id, ...(values.get('ID_LIKE') ?? '').toLowerCase().split(/\s+/)]);
  const family =
    kin.has('debian') || kin.has('ubuntu') ? 'debian' : ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol'].some((k) => kin.has(k)) ? 'rhel' : 'other';
  const name = plainText(values.get('PRETTY_NAME') ?? values.get('NAME') ?? '', 100) || id || 'unknown system';
  return { id, versionId: word(values.get('VERSION_ID') ?? ''), name, family };
}

/** A word that is compared; anything else counts as not reported. */
const word = (text: string): string => (/^[A-Za-z0-9._:+~-]{0,100}$/.test(text) ? text : '');

export type SystemFacts = Pick<NodeFacts, 'hostname' | 'bootId' | 'memoryMb' | 'systemd' | 'packageManager' | 'selinux'> & { readonly kernel: string };

/** The section `system`: one fact a line. */
export function parseSystem(text: string): SystemFacts {
  const [kernel, hostname, bootId, memory, systemd, packages, selinux] = text.split('\n').map((line) => line.trim());
  const mode = (selinux ?? '').toLowerCase();
  return {
    kernel: word(kernel ?? ''),
    hostname: word(hostname ?? ''),
    bootId: word(bootId ?? ''),
    memoryMb: Math.round(Number(memory ?? 0) / 1024) || 0,
    systemd: systemd === 'systemd',
    packageManager: packages === 'apt' || packages === 'dnf' ? packages : null,
    selinux: mode === 'enforcing' || mode === 'permissive' || mode === 'disabled' ? mode : 'absent',
  };
}

/** `ip -o addr show`, or `hostname -I`: addresses without loopback and link-local ones. */
export function parseAddresses(text: string): readonly string[] {
  const shown = [...text.matchAll(/\binet6? ([0-9A-Fa-f.:]+)/g)].map((m) => m[1] ?? '');
  const all = shown.length > 0 ? shown : text.split(/\s+/);
  return [...new Set(all)].filter((a) => isIP(a) !== 0 && !a.startsWith('127.') && a !== '::1' && !/^fe80:/i.test(a));
}

/** Lines of guard-look.sh. */
export function parseGuard(text: string): GuardFacts {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const of = (name: string) => rows.filter(([first]) => first === name).map(([, ...words]) => words);
  const nft = of('nft')[0]?.[0];
  return {
    ipDeny: of('ip-deny')[0]?.[0] === 'enforced',
    nft: nft === 'usable' || nft === 'absent' ? nft : 'refused',
    tables: of('table').flatMap(([name]) => name ?? []),
    allows: Object.fromEntries(of('allow').flatMap(([unit, ...list]) => (unit === undefined ? [] : [[unit, list.filter((a) => /^[0-9A-Fa-f.:/]+$/.test(a))]]))),
  };
}

/** `ss -lntupH`: protocol, state, queues, local address, peer, and the processes where they may be seen. */
export function parseListeners(text: string): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [protocol, , , , local] = words;
    if ((protocol !== 'tcp' && protocol !== 'udp') || local === undefined) return [];
    const at = local.lastIndexOf(':');
    const port = Number(local.slice(at + 1));
    const address = bareAddress(local.slice(0, at));
    if (at < 0 || !Number.isInteger(port) || port < 0 || port > 65_535 || isIP(address) === 0) return [];
    return [{ protocol, address, port, ...processOf(line) }];
  });
}

/** `127.0.0.1%lo` and `[::1]` without their trimmings; `*` is every address. */
function bareAddress(text: string): string {
  const bare = text
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\]$/, '');
  return bare === '*' ? '0.0.0.0' : bare;
}

function processOf(line: string): { readonly process: string; readonly pid: number } {
  const match = /users:\(\("((?:[^"\\]|\\.)*)",pid=(\d{1,10})/.exec(line);
  return { process: plainText(match?.[1] ?? '', 64), pid: Number(match?.[2] ?? 0) };
}

/** `ss -lxpH`: sockets of cache services and of PHP-FPM. */
export function parseUnixListeners(text: string): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const path = /\s(\/\S+)\s+\d+\s/.exec(line)?.[1];
    const { process, pid } = processOf(line);
    if (path === undefined || !isAbsolutePath(path) || !/redis|valkey|memcached|mongo|php-fpm/.test(`${process} ${path}`)) return [];
    return [{ protocol: 'unix' as const, address: path, port: 0, process, pid }];
  });
}

/** `systemctl list-units` and `list-unit-files`, both plain and without legend. A unit that is not loaded is inactive. */
export function parseUnits(units: string, files: string): readonly UnitFacts[] {
  const rows = (text: string): readonly (readonly string[])[] =>
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words.length > 1);
  const enabled = new Map(rows(files).map(([name, state]) => [name ?? '', word(state ?? '')]));
  const active = new Map(rows(units).flatMap(([name, load, state]) => (load === 'not-found' ? [] : [[name ?? '', word(state ?? '')] as const])));
  const reported = new Map(rows(units).map(([name, , , , ...description]) => [name ?? '', plainText(description.join(' '), 500)]));
  const names = [...new Set([...active.keys(), ...enabled.keys()])].filter((name) => isUnitName(name) && !name.endsWith('@.service')).sort();
  return names.map((name) => {
    const description = active.has(name) ? reported.get(name) : undefined;
    return {
      name,
      active: active.get(name) ?? 'inactive',
      enabled: enabled.get(name) ?? templateState(name, enabled),
      ...(description ? { description } : {}),
    };
  });
}

/** An instance (`redis-server@muc.service`) is as enabled as its template says. */
function templateState(name: string, enabled: ReadonlyMap<string, string>): string {
  return enabled.get(name.replace(/@[^.]*\./, '@.')) ?? 'unknown';
}

const PACKAGE = /^[A-Za-z0-9(][A-Za-z0-9+._:~()-]{0,199}$/;

/** `ii NAME VERSION` a line, of dpkg or rpm. `(none):` and `0:` are no epoch. */
export function parsePackages(text: string): Readonly<Record<string, string>> {
  const packages: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [state, name, version] = line.trim().split(/\s+/);
    if (state === 'ii' && name !== undefined && version !== undefined && PACKAGE.test(name) && PACKAGE.test(version) && !isReservedKey(name))
      packages[name.replace(/:[a-z0-9]+$/, '')] = version.replace(/^(\(none\)|0):/, '');
  }
  return packages;
}

const TYPES: Readonly<Record<string, NonNullable<PathFacts['type']>>> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'link',
};

/** `type|owner|group|mode|size|sha256|path`, or `absent|-|path`. */
export function parsePaths(text: string): Readonly<Record<string, PathFacts>> {
  const paths: Record<string, PathFacts> = {};
  for (const line of text.split('\n')) {
    const absent = /^absent\|[^|]*\|(.+)$/.exec(line);
    if (absent?.[1] !== undefined && isAbsolutePath(absent[1])) paths[absent[1]] = { path: absent[1], exists: false };
    const match = /^([^|]*)\|([^|]*)\|([^|]*)\|([0-7]+)\|(\d+)\|([^|]*)\|(.+)$/.exec(line);
    if (!match || !isAbsolutePath(match[7] ?? '')) continue;
    const [, type = '', owner = '', group = '', mode = '', size = '0', sum = '', path = ''] = match;
    paths[path] = {
      path,
      exists: true,
      type: TYPES[type] ?? 'other',
      owner: plainText(owner, 100),
      group: plainText(group, 100),
      mode,
      size: Number(size),
      ...(/^[0-9a-f]{64}$/.test(sum) ? { sha256: sum } : {}),
    };
  }
  return paths;
}
