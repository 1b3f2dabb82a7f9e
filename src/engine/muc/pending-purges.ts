/** Pending purges: what could not be emptied, noted in the site record, shown by status, and emptied by the next run (rule S25). */

import { purgesAll } from '../../caches/plugins/catalog.js';
import { mainNode, moodleNodes } from '../../core/cluster.js';
import type { Owed } from '../../core/record.js';
import { sh } from '../../core/remedy.js';
import { pasteAs } from '../../exec/paste-as.js';
import { parseJson } from '../../intake/json.js';
import { owedItem } from '../../intake/records.js';
import { RECORD_ROOT } from '../../records/paths.js';
import type { CommandContext } from '../commands/types.js';
import type { ApplyContext } from '../handler.js';
import { type EmptyItems, emptyOrReport } from '../handlers/empty.js';
import { mainMoodle, sessionSite } from '../points.js';
import { webUserOf } from '../session/session.js';

const MARK = 'purge-owed';
const PURGE_MS = 600_000;

export interface PendingPurges {
  readonly items: readonly Owed[];
  /** The break-glass script could not purge, and does not know what in particular. */
  readonly everything: boolean;
}

/** Reads the mark: a line of JSON for each definition; any other line is the break-glass script's. Pure. */
export function parsePendingPurges(text: string): PendingPurges {
  const items: Owed[] = [];
  let everything = false;
  for (const line of text.split('\n').filter((l) => l.trim() !== '')) {
    const json = parseJson(line);
    const item = json.ok ? owedItem.safeParse(json.value) : null;
    if (item?.success) items.push(item.data);
    else everything = true;
  }
  return { items, everything };
}

const items = (owed: readonly Owed[]): EmptyItems =>
  [...new Set(owed.map((o) => o.store))].map((store) => ({ store, definitions: [...new Set(owed.filter((o) => o.store === store).map((o) => o.definition))] }));

/** Adds to the pending purges on record, and reports them. */
export async function notePendingPurges(context: CommandContext, owed: readonly Owed[]): Promise<void> {
  if (owed.length === 0) return;
  const { record } = context.session;
  const site = sessionSite(context.session);
  const before = (await record.readFile(site, MARK)) ?? '';
  await record.writeFile(site, MARK, `${before}${owed.map((o) => JSON.stringify(o)).join('\n')}\n`);
  context.frontend.emit({
    type: 'notice',
    level: 'warning',
    message: `Cannot empty old content in ${[...new Set(owed.map((o) => o.store))].join(', ')} (${owed[0]?.why}). The next run empties it; or purge all caches in Moodle when the store is reachable again.`,
  });
}

/** A node could not say what in particular it had to leave: the whole site's caches are to be purged. */
export async function notePurgeOfEverything(context: CommandContext): Promise<void> {
  const { record } = context.session;
  const site = sessionSite(context.session);
  await record.writeFile(site, MARK, `${(await record.readFile(site, MARK)) ?? ''}everything\n`);
}

/** Runs the purges that earlier runs left pending. What still cannot be emptied stays pending and is reported again. */
export async function runPendingPurges(context: CommandContext, run: ApplyContext): Promise<void> {
  const { record, cluster } = context.session;
  const site = sessionSite(context.session);
  const text = await record.readFile(site, MARK);
  if (text === null) return;
  const pending = parsePendingPurges(text);
  const left = await Promise.all(moodleNodes(cluster).map((node) => emptyOrReport(run, node.name, items(pending.items))));
  const purged = !pending.everything || (await purgeAll(context));
  await record.removeFile(site, MARK);
  if (!purged) await record.writeFile(site, MARK, 'everything\n');
  await notePendingPurges(context, left.flat());
  if (purged && left.flat().length === 0) context.frontend.emit({ type: 'notice', level: 'info', message: 'Pending purges of an earlier run are complete.' });
}

/** Moodle's own purge, as the web user; not where it would empty a memcached that others may use. */
async function purgeAll(context: CommandContext): Promise<boolean> {
  const { session, frontend } = context;
  const main = mainNode(session.cluster).name;
  const facts = session.facts().nodes[main];
  const { muc } = mainMoodle(session);
  const command = `${session.cluster.dirroot}/admin/cli/purge_caches.php`;
  const flushes = muc.state !== 'ok' || muc.config.stores.some((s) => purgesAll(s.plugin));
  const result =
    flushes || !facts
      ? null
      : await session
          .executor(main)
          .run({ argv: [facts.phpBinary ?? 'php', command] }, { as: { user: webUserOf(session.cluster, facts) }, timeoutMs: PURGE_MS });
  if (result?.code === 0) return true;
  frontend.emit({
    type: 'notice',
    level: 'warning',
    node: main,
    message: `A purge of all caches is pending since the break-glass script ran: ${pasteAs(facts ? webUserOf(session.cluster, facts) : 'www-data', sh`php ${command}`)}${flushes ? ' (it empties every memcached in use here, so it is left to you)' : ''}; then delete ${RECORD_ROOT}/sites/${sessionSite(session)}/${MARK}.`,
  });
  return false;
}
