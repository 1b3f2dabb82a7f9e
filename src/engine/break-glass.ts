/** Writes the break-glass script of a run: plain sh on the main node that puts the MUC file back without the wizard. */

import { join } from 'node:path';
import { mainNode } from '../core/cluster.js';
import { quote } from '../exec/shell.js';
import { readPackageFile } from '../local/package-files.js';
import { RECORD_ROOT } from '../records/paths.js';
import type { RestorePoint } from '../records/site-record.js';
import { mainMoodle } from './points.js';
import { type Session, webUserOf } from './session.js';

/** Where the script of a site lies on main. */
export function breakGlassPath(site: string): string {
  return `${RECORD_ROOT}/sites/${site}/break-glass.sh`;
}

/** Fills the template; every value is quoted for the shell. */
export function fillBreakGlass(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@@([A-Z]+)@@/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`break-glass template wants ${name}`);
    return name === 'RUN' || name === 'SELF' ? value : quote(value);
  });
}

/** Writes the script before anything of MUC is changed. */
export async function writeBreakGlass(session: Session, point: RestorePoint, templatesDir: string): Promise<string> {
  const main = mainNode(session.cluster);
  const facts = session.facts().nodes[main.name];
  const moodle = mainMoodle(session);
  if (!facts || !point.muc) return '';
  const pool = facts.sitePool === null ? undefined : facts.pools[facts.sitePool];
  const self = breakGlassPath(point.site);
  const text = fillBreakGlass(readPackageFile(join(templatesDir, 'sh', 'break-glass.sh')).toString('utf8'), {
    RUN: point.id,
    SELF: self,
    MUC: moodle.mucFile.path,
    IMAGE: `${RECORD_ROOT}/sites/${point.site}/restore-points/${point.id}/muc-config.php`,
    SUM: point.muc.sha256,
    USER: webUserOf(session.cluster, facts),
    MODE: point.muc.mode,
    UNIT: pool?.unit ?? '',
    DIRROOT: session.cluster.dirroot,
    CACHEDIR: moodle.cachedir,
    PHP: facts.phpBinary ?? 'php',
    OWED: `${RECORD_ROOT}/sites/${point.site}/purge-owed`,
  });
  await session.record.writeFile(point.site, 'break-glass.sh', text);
  return self;
}
