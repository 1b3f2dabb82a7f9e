/**
 * A site record that only the site it belongs to can open.
 *
 * A record's id is made of what processes of the site's own web user report (path and mount of the MUC file), so a hostile site could report those of
 * another site on the same machine. What binds it is what they cannot choose: the Moodle folder of the answers, and the user that PHP serves it as.
 */

import { WizardError } from '../core/errors.js';
import type { RestorePoint, SiteBinding } from '../core/record.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { siteCard } from '../intake/records.js';
import { RECORD_ROOT } from './paths.js';
import type { SiteRecord } from './site-record.js';

const folder = (path: string) => (path === '/' ? path : path.replace(/\/+$/, ''));

/** How a record differs from this run, in words; null when it does not. What either does not say is no difference. Pure. */
export function bindingFault(recorded: { readonly dirroot?: string; readonly webUser?: string }, now: SiteBinding): string | null {
  const faults = [
    ...(recorded.dirroot === undefined || folder(recorded.dirroot) === folder(now.dirroot)
      ? []
      : [`its Moodle folder is ${recorded.dirroot}, this run's is ${now.dirroot}`]),
    ...(recorded.webUser === undefined || now.webUser === null || recorded.webUser === now.webUser
      ? []
      : [`its web user is ${recorded.webUser}, this run's is ${now.webUser}`]),
  ];
  return faults.length === 0 ? null : faults.join('; ');
}

function anotherSite(what: string, why: string, remedies: readonly Remedy[]): WizardError {
  return new WizardError('record-differs', `${what} belongs to another site: ${why}. Nothing has been changed.`, { remedies });
}

/** Lets everything of a site through once its card has been compared. `binding` is asked after the survey. */
export function boundRecord(record: SiteRecord, binding: () => SiteBinding): SiteRecord {
  const checked = new Set<string>();
  async function check(site: string): Promise<void> {
    if (checked.has(site)) return;
    const card = await record.readJson(site, 'site.json', siteCard);
    const why = card === null ? null : bindingFault(card, binding());
    if (why !== null) {
      const file = `${RECORD_ROOT}/sites/${site}/site.json`;
      throw anotherSite(`The site record ${site}`, why, [
        remedy`Set moodle.dirroot and moodle.webUser in the answers file to those of this site.`,
        remedy`If this site was moved, remove its card on the main node; the next run writes a new one: ${sh`rm -- ${file}`}`,
      ]);
    }
    checked.add(site);
  }
  function checkPoint(point: RestorePoint): void {
    const why = bindingFault(point, binding());
    if (why === null) return;
    throw anotherSite(`Restore point ${point.id}`, why, [
      remedy`List the restore points of this site: moodle-cluster-wizard backups`,
      remedy`Or plan the state you want with an answers file: moodle-cluster-wizard plan --answers FILE`,
    ]);
  }
  return {
    list: () => record.list(),
    writeCard: async (card) => {
      await check(card.site);
      await record.writeCard(card);
    },
    points: async (site) => {
      await check(site);
      return record.points(site);
    },
    writePoint: async (point) => {
      await check(point.site);
      await record.writePoint(point);
    },
    reserve: async (site) => {
      await check(site);
      await record.reserve(site);
    },
    dropPoints: async (site, ids) => {
      await check(site);
      await record.dropPoints(site, ids);
    },
    writeMuc: async (point, content) => {
      await check(point.site);
      await record.writeMuc(point, content);
    },
    readMuc: async (point) => {
      await check(point.site);
      checkPoint(point);
      return record.readMuc(point);
    },
    appendUndo: async (point, ...entries) => {
      await check(point.site);
      await record.appendUndo(point, ...entries);
    },
    readUndo: async (point) => {
      await check(point.site);
      return record.readUndo(point);
    },
    writeFile: async (site, name, content) => {
      await check(site);
      await record.writeFile(site, name, content);
    },
    readFile: async (site, name) => {
      await check(site);
      return record.readFile(site, name);
    },
    readJson: async (site, name, shape) => {
      await check(site);
      return record.readJson(site, name, shape);
    },
    readBytes: async (site, name) => {
      await check(site);
      return record.readBytes(site, name);
    },
    removeFile: async (site, name) => {
      await check(site);
      await record.removeFile(site, name);
    },
    audit: async (site, entry) => {
      await check(site);
      await record.audit(site, entry);
    },
  };
}
