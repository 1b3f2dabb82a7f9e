/** The canary: one cheap definition whose mapping goes live before all others. Pure. */

import type { MucEdit } from '../../core/muc-edit.js';

/** Small, asked by nearly every page, and rebuilt from code or disk in no time: what goes wrong shows at once and costs little. */
const FIRST_CHOICE = ['core/plugin_functions', 'core/langmenu', 'core/databasemeta', 'core/plugininfo_base', 'core/htmlpurifier', 'core/string'];

/** The edit that goes first, when there is one that leaves something for later. */
export function canaryOf(edits: readonly MucEdit[], moved: readonly { readonly definition: string }[]): MucEdit | null {
  const moves = new Set(moved.map((m) => m.definition));
  if (moves.size < 2) return null;
  const maps = edits.filter((e) => e.edit === 'definition' && e.stores.length > 0 && moves.has(e.definition));
  const known = FIRST_CHOICE.map((id) => maps.find((e) => e.edit === 'definition' && e.definition === id)).find((e) => e !== undefined);
  return known ?? maps[0] ?? null;
}
