/** The newest cache configuration that was proven on every node: kept in the site record, so that a broken file can be replaced by it. */

import { createHash } from 'node:crypto';
import { mainNode } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import { parseJson } from '../../intake/json.js';
import { goodCard } from '../../intake/records.js';
import { mainMoodle, sessionSite } from '../points.js';
import type { Session } from '../session/session.js';

const IMAGE = 'last-good.php';
const CARD = 'last-good.json';

export interface GoodCopy {
  readonly content: Buffer;
  readonly sha256: string;
  readonly mode: string;
  readonly versionsHash: string;
  /** ISO time at which it was kept. */
  readonly kept: string;
}

type Card = Omit<GoodCopy, 'content'>;

const readCard = async (session: Session, site: string): Promise<Card | null> => {
  const text = await session.record.readFile(site, CARD);
  const json = parseJson(text ?? '');
  const card = json.ok ? goodCard.safeParse(json.value) : null;
  // A damaged card is none: the next proof writes another.
  return card?.success ? card.data : null;
};

/**
 * Keeps the live file, which must just have been proven; writes nothing when the same is kept already for the same code.
 * `proven`: the hash that was proven, where it is known; another file, written since, is not kept. What could not be kept is reported, and is no failure.
 */
export async function keepGoodCopy(session: Session, now: () => Date, proven?: string): Promise<void> {
  const site = sessionSite(session);
  const live = await session.bridge(mainNode(session.cluster).name).readMuc();
  const sha256 = live?.file.sha256;
  if (!live || sha256 === undefined || (proven !== undefined && sha256 !== proven)) return;
  const kept = await readCard(session, site);
  if (kept?.sha256 === sha256 && kept.versionsHash === mainMoodle(session).versionsHash) return;
  const card: Card = { sha256, mode: live.file.mode ?? '660', versionsHash: mainMoodle(session).versionsHash, kept: now().toISOString() };
  // The card last: an image without its own card is not used.
  try {
    await session.record.removeFile(site, CARD);
    await session.record.writeFile(site, IMAGE, live.content);
    await session.record.writeFile(site, CARD, JSON.stringify(card));
  } catch (thrown) {
    session.emit({
      type: 'notice',
      level: 'warning',
      message: `Cannot keep a copy of the verified cache configuration: ${asWizardError(thrown).message} Free space under /var/lib on main, then run verify.`,
    });
  }
}

/** The kept copy; null where there is none, or it is damaged. */
export async function readGoodCopy(session: Session): Promise<GoodCopy | null> {
  const site = sessionSite(session);
  const card = await readCard(session, site);
  const content = card === null ? null : await session.record.readBytes(site, IMAGE);
  if (card === null || content === null || createHash('sha256').update(content).digest('hex') !== card.sha256) return null;
  return { ...card, content };
}
