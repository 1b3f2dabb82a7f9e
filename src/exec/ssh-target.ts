/** Host, port and user of a login: from `ssh -G`, overridden by the answers. */

import { isAbsolute, join } from 'node:path';
import type { SshSettings } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import { type Piece, piece, remedy, sh } from '../core/remedy.js';

/** The option for a port other than 22, with a leading space. */
export function portOption({ port }: Pick<SshTarget, 'port'>): Piece {
  return port === 22 ? piece`` : piece` -p ${port}`;
}

export interface SshTarget {
  /** As the answers name it. */
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Name to look up in known_hosts instead of the host's. */
  readonly hostKeyAlias: string | null;
  /** The answers' key: must exist and is tried first. */
  readonly identityFile: string | null;
  /** Keys that OpenSSH would try; those that do not exist are skipped. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Socket of the agent, or null for none. */
  readonly agent: string | null;
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly hashKnownHosts: boolean;
  /** A list of keys that OpenSSH refuses from every host; null for none. */
  readonly revokedHostKeys: string | null;
  readonly proxyCommand: string | null;
  /** Hosts to pass through, first one first. */
  readonly via: readonly SshTarget[];
}

export interface ResolveEnv {
  /** Runs `ssh -G …` and gives its output. @throws WizardError */
  readonly sshG: (args: readonly string[]) => Promise<string>;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The SSH target of `host`. @throws WizardError `host-unreachable` when the ssh configuration is wrong */
export async function resolveTarget(host: string, settings: Partial<SshSettings>, resolve: ResolveEnv): Promise<SshTarget> {
  return resolveHop({ host, user: settings.user, port: settings.port }, settings.identityFile, resolve, []);
}

interface Hop {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

async function resolveHop(hop: Hop, identityFile: string | undefined, resolve: ResolveEnv, seen: readonly string[]): Promise<SshTarget> {
  const key = `${hop.user ?? ''}@${hop.host}:${hop.port ?? ''}`;
  if (seen.includes(key) || seen.length > 8) {
    throw new WizardError('host-unreachable', `The ssh configuration has a loop at ${hop.host} (ProxyJump ${[...seen, key].join(' → ')}).`, {
      remedies: [remedy`Show the effective configuration: ${sh`ssh -G ${hop.host} | grep -i proxy`}`],
    });
  }
  const args = [...(hop.user === undefined ? [] : ['-l', hop.user]), ...(hop.port === undefined ? [] : ['-p', String(hop.port)]), '--', hop.host];
  const config = parseSshG(await resolve.sshG(args));
  const target = fromConfig(hop, identityFile, config, resolve);
  const jump = one(config, 'proxyjump');
  if (jump === null || jump === 'none') return target;
  const hops = jump.split(',').map(parseHop);
  const [first, ...rest] = await Promise.all(hops.map((h) => resolveHop(h, identityFile, resolve, [...seen, key])));
  if (!first) return target;
  // Only the first hop's own ProxyJump counts; the others are reached through the hop before them.
  return { ...target, via: [...first.via, { ...first, via: [] }, ...rest.map((r) => ({ ...r, via: [], proxyCommand: null }))] };
}

function fromConfig(hop: Hop, identityFile: string | undefined, config: ReadonlyMap<string, readonly string[]>, resolve: ResolveEnv): SshTarget {
  const host = one(config, 'hostname') ?? hop.host;
  const port = hop.port ?? Number(one(config, 'port') ?? 22);
  const user = hop.user ?? one(config, 'user') ?? '';
  const expand = (path: string): string =>
    expandPath(path, resolve, { '%h': host, '%r': user, '%p': String(port), '%n': hop.host, '%d': resolve.home, '%%': '%' });
  const files = (name: string): readonly string[] => splitPaths(one(config, name) ?? '').map(expand);
  const proxyCommand = one(config, 'proxycommand');
  return {
    alias: hop.host,
    host,
    port,
    user,
    hostKeyAlias: one(config, 'hostkeyalias'),
    identityFile: identityFile === undefined ? null : expand(identityFile),
    identityFiles: (config.get('identityfile') ?? []).filter((f) => f !== 'none').map(expand),
    identitiesOnly: one(config, 'identitiesonly') === 'yes',
    agent: agentSocket(one(config, 'identityagent'), resolve, expand),
    userKnownHosts: files('userknownhostsfile').filter((f) => f !== 'none'),
    globalKnownHosts: files('globalknownhostsfile').filter((f) => f !== 'none'),
    hashKnownHosts: one(config, 'hashknownhosts') === 'yes',
    revokedHostKeys: files('revokedhostkeys').find((f) => f !== 'none') ?? null,
    proxyCommand:
      proxyCommand === null || proxyCommand === 'none'
        ? null
        : expandTokens(proxyCommand, { '%h': host, '%r': user, '%p': String(port), '%n': hop.host, '%%': '%' }),
    via: [],
  };
}

/** `key value` lines; keys come lower-cased, some several times. */
export function parseSshG(text: string): ReadonlyMap<string, readonly string[]> {
  const config = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at <= 0) continue;
    const key = line.slice(0, at).toLowerCase();
    config.set(key, [...(config.get(key) ?? []), line.slice(at + 1).trim()]);
  }
  return config;
}

function one(config: ReadonlyMap<string, readonly string[]>, key: string): string | null {
  return config.get(key)?.[0] ?? null;
}

/** `[user@]host[:port]`, host perhaps an IPv6 address in brackets. */
export function parseHop(text: string): Hop {
  const plain = text.trim().replace(/^ssh:\/\//, '');
  const at = plain.lastIndexOf('@');
  const place = plain.slice(at + 1);
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(place) ?? /^([^:]+)(?::(\d+))?$/.exec(place);
  return { host: match?.[1] ?? place, user: at < 0 ? undefined : plain.slice(0, at), port: match?.[2] === undefined ? undefined : Number(match[2]) };
}

/** Paths of a list that `ssh -G` prints without quotes: a part that is no path of its own belongs to the one before. */
export function splitPaths(text: string): readonly string[] {
  const paths: string[] = [];
  for (const part of text.split(' ')) {
    if (part === '') continue;
    const starts = isAbsolute(part) || part.startsWith('~') || part.startsWith('%') || part === 'none';
    if (starts || paths.length === 0) paths.push(part);
    else paths.push(`${paths.pop() ?? ''} ${part}`);
  }
  return paths;
}

function agentSocket(setting: string | null, resolve: ResolveEnv, expand: (path: string) => string): string | null {
  if (setting === 'none') return null;
  if (setting === null || setting === 'SSH_AUTH_SOCK') return resolve.env['SSH_AUTH_SOCK'] || null;
  if (setting.startsWith('$')) return resolve.env[setting.slice(1).replace(/^\{(.*)\}$/, '$1')] || null;
  return expand(setting);
}

function expandPath(path: string, resolve: ResolveEnv, tokens: Readonly<Record<string, string>>): string {
  const expanded = expandTokens(path, tokens);
  if (expanded === '~') return resolve.home;
  return expanded.startsWith('~/') ? join(resolve.home, expanded.slice(2)) : expanded;
}

function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replaceAll(/%./g, (token) => tokens[token] ?? token);
}
