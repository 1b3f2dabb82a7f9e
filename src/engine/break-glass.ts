/** Writes the break-glass script of a run: plain sh on the main node that rolls back what can lose the site without the wizard. */

import { join } from 'node:path';
import { mainNode } from '../core/cluster.js';
import type { RestorePoint } from '../core/record.js';
import { quote } from '../exec/shell.js';
import { readPackageFile } from '../local/package-files.js';
import { beforeDir, RECORD_ROOT } from '../records/paths.js';
import { mainMoodle } from './points.js';
import { scriptValue, type ValueForm } from './script-values.js';
import { type Session, webUserOf } from './session/session.js';
import { guardedNodes } from './trial/guarded.js';

/** Where the script of a site lies on main. */
export function breakGlassPath(site: string): string {
  return `${RECORD_ROOT}/sites/${site}/break-glass.sh`;
}

/** Values that stand in comments or are shell source themselves; RUN and SELF are checked for their form, ASUSER is a template. */
const RAW = ['RUN', 'SELF', 'ASUSER'];

/** Fills the template; every value is quoted for the shell. @throws Error when the template names a value that is not given */
export function fillBreakGlass(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@@([A-Z]+)@@/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the break-glass template needs ${name}`);
    return RAW.includes(name) ? value : quote(value);
  });
}

/** What the script of one run is made of. */
export interface BreakGlassInput {
  readonly node: string;
  readonly site: string;
  readonly run: string;
  /** Empty where there was no MUC file; hash and mode are not used then. */
  readonly muc: string;
  readonly sha256: string;
  readonly mode: string;
  readonly user: string;
  /** Nodes with other guarded files; absent for none. */
  readonly fileNodes?: readonly string[];
  /** Unit of the pool that serves the site; empty when none is known. */
  readonly unit: string;
  readonly dirroot: string;
  readonly cachedir: string;
  readonly php: string;
}

/** The whole script. @throws WizardError `platform-refused` for a value that a root script must not rely on */
export function breakGlassScript(templatesDir: string, input: BreakGlassInput): string {
  const template = (name: string) => readPackageFile(join(templatesDir, 'sh', name)).toString('utf8');
  const checked = (what: string, value: string, form: ValueForm) => scriptValue(input.node, what, value, form);
  const muc = (what: string, value: string, form: ValueForm) => (input.muc === '' ? '' : checked(what, value, form));
  const site = checked('site id', input.site, 'id');
  const run = checked('id of the restore point', input.run, 'id');
  return fillBreakGlass(template('break-glass.sh'), {
    RUN: run,
    SELF: breakGlassPath(site),
    MUC: muc('path of the cache configuration', input.muc, 'path'),
    IMAGE: `${RECORD_ROOT}/sites/${site}/restore-points/${run}/muc-config.php`,
    SUM: muc('hash of the cache configuration', input.sha256, 'sha256'),
    USER: muc('web user', input.user, 'user'),
    MODE: muc('mode of the cache configuration', input.mode, 'mode'),
    UNIT: input.unit === '' ? '' : checked('unit of PHP', input.unit, 'unit'),
    DIRROOT: checked('Moodle folder', input.dirroot, 'path'),
    CACHEDIR: muc('cache folder', input.cachedir, 'path'),
    PHP: muc('PHP of the command line', input.php, 'program'),
    OWED: `${RECORD_ROOT}/sites/${site}/purge-owed`,
    RESTORE: `${beforeDir(run)}/restore.sh`,
    HERE: input.fileNodes?.includes(input.node) ? '1' : '',
    OTHERS: (input.fileNodes ?? []).flatMap((node) => (node === input.node ? [] : [checked('name of a node', node, 'id')])).join(' '),
    ASUSER: template('as-user.sh').trimEnd(),
  });
}

/** Writes the script before anything that it restores is changed. @returns its path; empty when there is nothing to restore */
export async function writeBreakGlass(session: Session, point: RestorePoint, templatesDir: string): Promise<string> {
  const main = mainNode(session.cluster);
  const facts = session.facts().nodes[main.name];
  const fileNodes = guardedNodes(point);
  if (!facts || (!point.muc && fileNodes.length === 0)) return '';
  const moodle = point.muc ? mainMoodle(session) : null;
  const pool = facts.sitePool === null ? undefined : facts.pools[facts.sitePool];
  const text = breakGlassScript(templatesDir, {
    node: main.name,
    site: point.site,
    run: point.id,
    muc: moodle?.mucFile.path ?? '',
    sha256: point.muc?.sha256 ?? '',
    mode: point.muc?.mode ?? '',
    user: moodle ? webUserOf(session.cluster, facts) : '',
    fileNodes,
    unit: pool?.unit ?? '',
    dirroot: session.cluster.dirroot,
    cachedir: moodle?.cachedir ?? '',
    php: facts.phpBinary ?? 'php',
  });
  await session.record.writeFile(point.site, 'break-glass.sh', text);
  return breakGlassPath(point.site);
}
