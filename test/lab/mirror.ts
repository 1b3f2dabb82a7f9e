import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sourcesDir = '/etc/apt/sources.list.d';

function deb822Entries(text: string): { uris: string[]; suites: string[] }[] {
  return text.split(/\n\s*\n/).map((stanza) => {
    const field = (name: string) => (new RegExp(`^${name}:(.*)$`, 'im').exec(stanza)?.[1] ?? '').split(/\s+/).filter((word) => word !== '');
    return { uris: field('URIs'), suites: field('Suites') };
  });
}

function oneLineEntries(text: string): { uris: string[]; suites: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line);
    return match === null ? [] : [{ uris: [match[1] ?? ''], suites: [match[2] ?? ''] }];
  });
}

/**
 * The Debian mirror that apt on this machine uses, read from apt's own settings,
 * so that the lab reaches packages wherever the machine does.
 */
export function debianMirror(): string {
  const entries: { uris: string[]; suites: string[] }[] = [];
  if (existsSync('/etc/apt/sources.list')) entries.push(...oneLineEntries(readFileSync('/etc/apt/sources.list', 'utf8')));
  for (const file of existsSync(sourcesDir) ? readdirSync(sourcesDir) : []) {
    const text = readFileSync(join(sourcesDir, file), 'utf8');
    if (file.endsWith('.sources')) entries.push(...deb822Entries(text));
    if (file.endsWith('.list')) entries.push(...oneLineEntries(text));
  }
  const debian = entries.find((entry) => entry.suites.some((suite) => /^(bookworm|trixie|bullseye|stable)$/.test(suite)) && entry.uris.length > 0);
  const uri = debian?.uris[0];
  if (uri === undefined) throw new Error("no Debian mirror in apt's sources on this machine");
  return uri.replace(/\/+$/, '');
}
