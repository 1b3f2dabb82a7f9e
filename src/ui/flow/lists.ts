/** One-line forms of nodes, stores and mappings: what is typed or pasted, and what is shown back. */

import type { NodeAnswer, StoreAnswer } from '../../answers/schema.js';
import { ROLES, type Role } from '../../core/cluster.js';
import { validateAt } from './validate.js';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

const fail = (error: string): { readonly ok: false; readonly error: string } => ({ ok: false, error });

function isAddress(token: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(token) || (token.includes(':') && /^[0-9A-Fa-f:]+$/.test(token) && token.split(':').length > 2);
}

/** Roles that a name suggests; a node that suggests nothing serves pages. */
export function guessRoles(name: string): readonly Role[] {
  if (/^(main|master|admin)/i.test(name)) return ['main', 'web', 'cron'];
  if (/^(cache|redis|memcache|mongo|valkey)/i.test(name)) return ['cache'];
  if (/^(db|database|postgres|pg|mysql|maria|sql)/i.test(name)) return ['database'];
  if (/^(lb|balancer|load|haproxy|proxy)/i.test(name)) return ['load-balancer'];
  return /^cron/i.test(name) ? ['cron'] : ['web'];
}

interface Target {
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** `deploy@10.0.0.21:2222`, `ssh://host`, `[2001:db8::1]:22` */
export function parseTarget(text: string): Target {
  const bare = text.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  const at = bare.lastIndexOf('@');
  const user = at > 0 ? bare.slice(0, at) : undefined;
  const rest = at > 0 ? bare.slice(at + 1) : bare;
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest) ?? (isAddress(rest) ? null : /^([^:]+):(\d+)$/.exec(rest));
  const host = match?.[1] ?? rest;
  return { host, ...(user === undefined ? {} : { user }), ...(match?.[2] === undefined ? {} : { port: Number(match[2]) }) };
}

function rolesOf(token: string): readonly Role[] | null {
  const parts = token
    .toLowerCase()
    .split(',')
    .filter((p) => p !== '');
  return parts.length > 0 && parts.every((p) => (ROLES as readonly string[]).includes(p)) ? (parts as Role[]) : null;
}

function nameFor(host: string): string {
  if (isAddress(host)) return `node-${host.replaceAll(/[.:]+/g, '-')}`;
  return host.split('.')[0] ?? host;
}

interface NodeWords {
  readonly words: readonly string[];
  readonly roles: readonly Role[] | null;
  readonly out: boolean;
  readonly http: number | null;
}

function sortTokens(tokens: readonly string[]): NodeWords {
  const words: string[] = [];
  let roles: readonly Role[] | null = null;
  let out = false;
  let http: number | null = null;
  tokens.forEach((token, i) => {
    const port = /^http=(\d+)$/.exec(token);
    // The first word is always a name or host, even when it is called "main" or "web"; so is the second when roles come after it.
    const isWord = i === 0 || (i === 1 && tokens.slice(2).some((t) => rolesOf(t) !== null));
    const asRoles = isWord ? null : rolesOf(token);
    if (port) http = Number(port[1]);
    else if (asRoles) roles = [...(roles ?? []), ...asRoles];
    else if (token === 'out' && !isWord) out = true;
    else words.push(token);
  });
  return { words, roles, out, http };
}

/** At the end of a line: why the node is left out. */
const BECAUSE = /\sout because\s+(\S.*)$/is;

/** `name host roles`, in that order or as /etc/hosts has it; only the host is needed. */
export function parseNodeLine(line: string): Parsed<NodeAnswer> {
  const reason = BECAUSE.exec(line.trim())?.[1];
  const tokens = line
    .trim()
    .replace(BECAUSE, ' out')
    .replace(/^([^\s=]+)=(?=\S)/, '$1 ')
    .split(/[\s;]+|,\s+/)
    .flatMap((t) => (rolesOf(t) ? [t] : t.split(',')))
    .filter((t) => t !== '');
  const { words, roles, out, http } = sortTokens(tokens);
  if (words.length === 0) return fail('Type a name and an address, such as: web1 10.0.0.21 web');
  if (words.length > 2) return fail(`"${words[2]}" is no role. Roles: ${ROLES.join(', ')}.`);
  const [first = '', second] = words;
  const swap = second !== undefined && isAddress(first) && !isAddress(second);
  const target = parseTarget(second === undefined || swap ? first : second);
  const name = second === undefined ? nameFor(target.host) : swap ? second : first;
  const node: NodeAnswer = {
    name,
    host: target.host,
    roles: [...new Set(roles ?? guessRoles(name))],
    ...(target.user === undefined && target.port === undefined
      ? {}
      : { ssh: { ...(target.user === undefined ? {} : { user: target.user }), ...(target.port === undefined ? {} : { port: target.port }) } }),
    ...(http === null ? {} : { web: { port: http } }),
    ...(out ? { state: 'out' as const } : {}),
    ...(out && reason !== undefined ? { reason } : {}),
  };
  const wrong = validateAt('nodes.0', node);
  return wrong === null ? { ok: true, value: node } : fail(wrong);
}

const outWords = ({ state, reason }: NodeAnswer): string => (state !== 'out' ? '' : reason === undefined ? 'out' : `out because ${reason}`);

/** The line that `parseNodeLine` reads back to the same node (settings it cannot say are kept by `mergeNodes`). */
export function formatNode(node: NodeAnswer): string {
  const host = node.host.includes(':') && node.ssh?.port !== undefined ? `[${node.host}]` : node.host;
  const target = `${node.ssh?.user === undefined ? '' : `${node.ssh.user}@`}${host}${node.ssh?.port === undefined ? '' : `:${node.ssh.port}`}`;
  return [node.name, target, node.roles.join(','), node.web === undefined ? '' : `http=${node.web.port}`, outWords(node)].filter((p) => p !== '').join(' ');
}

/** Keeps what a line cannot say (key file, sudo) of the node with the same name. */
export function mergeNodes(lines: readonly NodeAnswer[], earlier: readonly NodeAnswer[]): readonly NodeAnswer[] {
  return lines.map((node) => {
    const before = earlier.find((n) => n.name === node.name);
    if (!before?.ssh) return node;
    const { user: _user, port: _port, ...kept } = before.ssh;
    return Object.keys(kept).length === 0 ? node : { ...node, ssh: { ...kept, ...node.ssh } };
  });
}

/** What is wrong with the nodes together; null when nothing is. */
export function checkNodes(nodes: readonly NodeAnswer[]): string | null {
  if (nodes.length === 0) return 'At least one node is needed.';
  const double = nodes.find((n, i) => nodes.findIndex((m) => m.name === n.name) !== i);
  if (double) return `Two nodes are called ${double.name}; every name must be its own.`;
  const mains = nodes.filter((n) => n.roles.includes('main'));
  if (mains.length === 0) return 'One node needs the role main: the one where Moodle is upgraded.';
  if (mains.length > 1) return `${mains.map((n) => n.name).join(' and ')} both have the role main; only one can.`;
  return null;
}

/** Text in double quotes, with the escapes of JSON. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;
const WORD = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g;

/** Words, of which parts in double quotes may hold spaces; null when a quote is not closed. */
function words(line: string): readonly string[] | null {
  return line.replaceAll(WORD, '').trim() === '' ? [...line.matchAll(WORD)].map((m) => m[0]) : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text without its quotes. What is no JSON in them was typed by hand and means itself. */
function unquote(text: string): string {
  return text.replaceAll(QUOTED, (quoted: string, inside: string) => {
    const value = json(quoted);
    return typeof value === 'string' ? value : inside;
  });
}

/** A number, true, false or a list as such; all else, and all that is quoted, is text. */
function settingValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text.startsWith('[')) return json(text) ?? json(text.replaceAll("'", '"')) ?? unquote(text);
  return unquote(text);
}

/** `name plugin service=NAME key=value …`; what has spaces in double quotes. */
export function parseStoreLine(line: string): Parsed<StoreAnswer> {
  const all = words(line);
  if (all === null) return fail('A double quote is not closed; inside quotes a quote is \\".');
  const [name, plugin, ...rest] = all;
  if (name === undefined || plugin === undefined) return fail('Type a name and a plugin, such as: redis1 redis service=redis1');
  let service: string | undefined;
  const settings: Record<string, unknown> = {};
  for (const token of rest) {
    const at = token.indexOf('=');
    if (at < 1) return fail(`"${token}" must be service=NAME or a setting such as prefix=campus_`);
    const key = token.slice(0, at);
    if (key === 'service' ? service !== undefined : Object.hasOwn(settings, key)) return fail(`${key} stands here twice.`);
    if (key === 'service') service = unquote(token.slice(at + 1));
    else settings[key] = settingValue(token.slice(at + 1));
  }
  const store = {
    name: unquote(name),
    plugin: unquote(plugin),
    ...(service === undefined ? {} : { service }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  } as StoreAnswer;
  const wrong = validateAt('stores.0', store);
  return wrong === null ? { ok: true, value: store } : fail(wrong);
}

/** In quotes where it would not be read back as the same text. */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) || settingValue(text) !== text ? JSON.stringify(text) : text;
}

/** The line that `parseStoreLine` reads back to the same store. */
export function formatStore(store: StoreAnswer): string {
  const settings = Object.entries(store.settings ?? {}).map(([k, v]) => `${k}=${typeof v === 'string' ? quoted(v) : JSON.stringify(v)}`);
  const name = store.name.includes(' ') ? JSON.stringify(store.name) : store.name;
  return [name, store.plugin, ...(store.service === undefined ? [] : [`service=${store.service}`]), ...settings].join(' ');
}

/** `core/string = apcu, redis1`: primary first. */
export function parseMappingLine(line: string): Parsed<readonly [string, readonly string[]]> {
  const match = /^\s*([^\s=]+)\s*(?:=|\s)\s*(.+?)\s*$/.exec(line);
  if (!match) return fail('Type a definition and its stores, such as: core/string = apcu, redis1');
  const definition = match[1] ?? '';
  const stores = (match[2] ?? '')
    .split(/,|\bover\b/)
    .map((s) => s.trim())
    .filter((s) => s !== '');
  if (!/^[a-z][a-z0-9_]*\/[a-z0-9_]+$/.test(definition)) return fail(`"${definition}" must be component/area, such as core/string.`);
  const wrong = validateAt(`mappings.definitions.${definition}`, stores);
  return wrong === null ? { ok: true, value: [definition, stores] } : fail(wrong);
}

export function formatMapping(definition: string, stores: readonly string[]): string {
  return `${definition} = ${stores.join(', ')}`;
}
