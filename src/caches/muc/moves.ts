/** What differs between two states of Moodle's cache configuration, in words: reported when somebody else changed it during a run. Pure. */

import type { MucConfig, MucFileState } from '../../core/facts.js';

const MODES = { 1: 'application', 2: 'session', 4: 'request' } as const;

/** Differences by name: "store instance X was added", "the mapping of Y changed". */
function byName<T>(what: string, before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): string[] {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    if (!now.has(name)) return [`${what} ${name} was removed`];
    if (!before.has(name)) return [`${what} ${name} was added`];
    return JSON.stringify(before.get(name)) === JSON.stringify(now.get(name)) ? [] : [`${what} ${name} changed`];
  });
}

const stores = (c: MucConfig) => new Map(c.stores.map((s) => [`"${s.name}"`, s.configuration]));
const modes = (c: MucConfig) => new Map(([1, 2, 4] as const).map((m) => [MODES[m], c.modeMappings[m]]));
const definitions = (c: MucConfig) => new Map(c.definitions.map((d) => [d.id, d]));
const mappings = (c: MucConfig) => new Map(Object.entries(c.definitionMappings));

/** One line for each difference; empty when nothing that can be named differs. */
export function mucMoves(before: MucFileState, now: MucFileState): readonly string[] {
  if (before.state !== 'ok' || now.state !== 'ok') {
    return before.state === now.state ? [] : [`the file was ${before.state} and is ${now.state} now`];
  }
  const [a, b] = [before.config, now.config];
  return [
    ...(a.siteIdentifier === b.siteIdentifier ? [] : ['the site identifier changed']),
    ...byName('store', stores(a), stores(b)),
    ...byName('the mapping of mode', modes(a), modes(b)),
    ...byName('the mapping of', mappings(a), mappings(b)),
    ...byName('definition', definitions(a), definitions(b)),
  ];
}
