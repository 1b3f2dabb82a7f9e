/**
 * How often pages read each cache, and how large its values are: what a slow or a fast place is multiplied with.
 * Counted with Moodle's own statistics ($CFG->perfdebug) on a 4.5.6 with a generated course: five pages, signed in, caches warm, reads that the
 * memory of one request did not answer. An estimate for every other site; measured sizes replace the ones here.
 */

export interface Heat {
  /** Reads on a page, on average. */
  readonly reads: number;
  readonly bytes: number;
}

const COUNTED: Readonly<Record<string, Heat>> = {
  'core/string': { reads: 30, bytes: 24_000 },
  'core/plugin_functions': { reads: 14, bytes: 170 },
  'core/config': { reads: 11, bytes: 2600 },
  'mod_assign/overrides': { reads: 4, bytes: 10 },
  'core/databasemeta': { reads: 3.8, bytes: 4500 },
  'core/hookcallbacks': { reads: 3, bytes: 3700 },
  'core/yuimodules': { reads: 2.4, bytes: 4800 },
  'core/plugin_manager': { reads: 2, bytes: 17_000 },
  'core/capabilities': { reads: 2, bytes: 80_000 },
  'core/eventinvalidation': { reads: 2.2, bytes: 60 },
  'core/coursemodinfo': { reads: 1.2, bytes: 9400 },
  'core/observers': { reads: 1.2, bytes: 12_000 },
  'core/langmenu': { reads: 1, bytes: 40 },
  'tool_usertours/tourdata': { reads: 0.8, bytes: 4100 },
  'core/fontawesomeiconmapping': { reads: 0.8, bytes: 26_000 },
  'core/message_processors_enabled': { reads: 0.8, bytes: 10 },
  'core/coursehiddengroups': { reads: 0.4, bytes: 10 },
  'core/user_group_groupings': { reads: 0.4, bytes: 10 },
  'core/contextwithinsights': { reads: 0.4, bytes: 10 },
  'core/htmlpurifier': { reads: 0.2, bytes: 50 },
  'core/groupdata': { reads: 0.2, bytes: 80 },
  'core/completion': { reads: 0.2, bytes: 13_000 },
};

/** Definitions that a page reads at least once, on average. */
export const DEFINITIONS_A_PAGE = Object.values(COUNTED).reduce((sum, { reads }) => sum + Math.min(1, reads), 0);

const RARE: Heat = { reads: 0, bytes: 500 };

/** Reads and bytes of one definition. `measured`: mean size found in this site's stores. */
export function heatOf(definition: string, measured?: number): Heat {
  const counted = Object.hasOwn(COUNTED, definition) ? (COUNTED[definition] ?? RARE) : RARE;
  return measured === undefined || measured <= 0 ? counted : { reads: counted.reads, bytes: measured };
}
