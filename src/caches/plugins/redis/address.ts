/** How the Redis store writes its server: host, host:port or a socket path; several lines in cluster mode. */

import type { SettingValue } from '../shapes.js';
import type { SettingForm } from '../types.js';
import { isPort, SERVER_HOST } from '../values.js';

export const DEFAULT_PORT = 6379;

function linesOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value.map(String) : String(value ?? '').split('\n')).map((l) => l.trim()).filter((l) => l !== '');
}

function check(value: SettingValue): string | null {
  const lines = linesOf(value);
  if (lines.length === 0) return 'must name a server';
  for (const line of lines) {
    if (/^tls:|^ssl:|^rediss:/i.test(line)) return 'must not begin with a scheme; use the setting encryption for TLS';
    if (/^(unix:\/\/)?\/[A-Za-z0-9._/@+-]*$/.test(line)) continue;
    const [host = '', port, more] = line.split(':');
    if (more !== undefined) return `"${line}" is not host:port; IPv6 addresses do not work in Moodle's Redis store, use a name`;
    if (!SERVER_HOST.test(host)) return `"${line}" does not begin with a host name or IPv4 address`;
    if (port !== undefined && !isPort(port)) return `"${line}" has no port between 1 and 65535`;
  }
  return null;
}

/** Names and ports in lower case: some releases lower-case the whole value (fact M9), so one spelling for all. Socket paths stay. */
function keep(value: SettingValue): string {
  return linesOf(value)
    .map((line) => (line.startsWith('/') || line.startsWith('unix:') ? line : line.toLowerCase()))
    .join('\n');
}

/** `host:port` of each server of a `server` value; sockets as they are. */
export function endpoints(value: unknown): readonly string[] {
  return String(value ?? '')
    .split('\n')
    .map((line) => line.trim().replace(/^unix:\/\//, ''))
    .filter((line) => line !== '')
    .map((line) => {
      if (line.startsWith('/')) return line;
      const [host = '', port = String(DEFAULT_PORT)] = line.toLowerCase().split(':');
      return `${host === 'localhost' ? '127.0.0.1' : host}:${port}`;
    });
}

/** Lines and comma-separated parts of a `server` value, as written. */
export function serverTexts(value: unknown): readonly string[] {
  return String(value ?? '')
    .split(/[\n,]/)
    .map((s) => s.trim())
    .filter((s) => s !== '');
}

export const SERVER_FORM: SettingForm = { check, keep, seen: (value) => endpoints(value).join(',') };
