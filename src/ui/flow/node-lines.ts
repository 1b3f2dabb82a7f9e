/** The one-line form of nodes: what is typed or pasted, and what is shown back. */

import type { NodeAnswer } from '../../answers/schema.js';
import { ROLES, type Role } from '../../core/cluster.js';
import type { Parsed } from '../../track/question.js';

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

/** At the end of a line: why the node is excluded. */
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
  if (words.length > 2) return fail(`Unknown role "${words[2]}". Roles: ${ROLES.join(', ')}.`);
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
  return { ok: true, value: node };
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
  if (double) return `Two nodes are called ${double.name}; names must be unique.`;
  const mains = nodes.filter((n) => n.roles.includes('main'));
  if (mains.length === 0) return 'One node needs the role main: the one where Moodle is upgraded.';
  if (mains.length > 1) return `${mains.map((n) => n.name).join(' and ')} both have the role main; only one can.`;
  return null;
}
