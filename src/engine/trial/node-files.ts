/** What one node gets for a trial: the MUC file to restore, how to ask its PHP, and nothing that needs the wizard again. Pure. */

import { createHash } from 'node:crypto';
import type { MoodleNodeFacts, NodeFacts, PhpPool } from '../../core/facts.js';
import type { StoreItems } from '../../core/trial.js';
import { quote } from '../../exec/shell.js';
import { bridgeSite } from '../../moodle/bridge.js';
import { bridgeRequest } from '../../moodle/bridge-text.js';
import { webProbe } from '../../moodle/web-probe/index.js';
import type { TarEntry } from '../../survey/tar.js';
import { scriptValue, type ValueForm } from '../script-values.js';
import { trialDir } from './nodes.js';

export interface NodeFilesInput {
  readonly id: string;
  readonly site: string;
  readonly toolkitDir: string;
  readonly facts: NodeFacts;
  /** Null on a node without Moodle, such as a load balancer. */
  readonly moodle: MoodleNodeFacts | null;
  /** False: the MUC file is not on trial. */
  readonly muc?: false | undefined;
  /** Folder of the node record with copies of this node's files on trial and their list; empty or absent for none. */
  readonly files?: string;
  /** The mark lies in the trial's folder on this node. */
  readonly ownMark?: boolean;
  /** The answers' folder of the code. */
  readonly dirroot: string;
  readonly webUser: string | null;
  /** Pools of this node that run the site. */
  readonly pools: readonly PhpPool[];
  readonly before: { readonly content: Buffer; readonly sha256: string; readonly mode: string } | null;
  readonly ours: readonly string[];
  /** PHP must be reloaded on rollback. */
  readonly reload: boolean;
  /** What becomes live again: in this node's own stores, in stores that only a web SAPI reaches, in stores of all nodes. */
  readonly empty: { readonly own: StoreItems; readonly web: StoreItems; readonly shared: StoreItems };
  /** Asked for by the probe in the web SAPI; only its hash lies where others can read. */
  readonly token: string;
  readonly marker: string;
}

/** Beside the MUC file, made by the web user: `.armed`, `.kept`, `.reverting`, `.reverted` are put behind it. */
export function marksPath(mucPath: string, id: string): string {
  return `${mucPath.slice(0, mucPath.lastIndexOf('/'))}/.moodle-cluster-wizard-trial-${id}`;
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Seconds that one question of a rollback may take. */
const TIMEOUT_SECONDS = 60;
const EMPTY_SECONDS = 240;

/** Units of these pools, each once. @throws WizardError `platform-refused` */
export function poolUnits(node: string, pools: readonly PhpPool[]): readonly string[] {
  return [...new Set(pools.flatMap((p) => (p.unit === '' ? [] : [scriptValue(node, 'unit of PHP', p.unit, 'unit')])))];
}

/** The node's folder as a tar's entries. Holds the MUC file and a token: never logged. */
export function nodeFiles(input: NodeFilesInput): readonly TarEntry[] {
  const moodle = input.muc === false ? null : input.moodle;
  const files: Record<string, string | Buffer> = {
    conf: confText(input, moodle),
    ...(moodle === null ? {} : mucFiles(input, moodle)),
  };
  // Last, so that what arrives without it is known to be cut off.
  files['complete'] = '';
  return Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content) }));
}

/** The MUC file to restore, and the questions to PHP. */
function mucFiles(input: NodeFilesInput, moodle: MoodleNodeFacts): Readonly<Record<string, string | Buffer>> {
  const { marker, token, toolkitDir, empty } = input;
  const web = bridgeSite(moodle, input.dirroot);
  const cli = (op: 'converge' | 'empty', fields: Readonly<Record<string, unknown>>) => bridgeRequest(op, marker, { dirroot: input.dirroot, ...fields });
  const pool = (target: PhpPool, op: 'converge' | 'empty', fields: Readonly<Record<string, unknown>>) =>
    webProbe(target).request(target, { op, marker, fields, toolkitDir, token, web, timeout: op === 'empty' ? EMPTY_SECONDS : TIMEOUT_SECONDS });
  const items = (list: StoreItems) => cli('empty', { items: list, base: null, flushOwned: [] });
  const files: Record<string, string | Buffer> = {
    'before.php': input.before?.content ?? '',
    'requests/converge.json': cli('converge', { mucPath: moodle.mucFile.path }),
    ...(empty.own.length > 0 ? { 'requests/empty-own.json': items(empty.own) } : {}),
    ...(empty.shared.length > 0 ? { 'requests/empty-shared.json': items(empty.shared) } : {}),
  };
  for (const [n, target] of input.pools.entries()) {
    files[`requests/converge-web-${n}.json`] = pool(target, 'converge', { mucPath: moodle.mucFile.path });
    if (empty.web.length > 0) files[`requests/empty-web-${n}.json`] = pool(target, 'empty', { items: empty.web });
  }
  return files;
}

/** Shell assignments, every value checked for its form and quoted. `moodle`: null when the MUC file is not on trial. @throws WizardError `platform-refused` */
function confText(input: NodeFilesInput, moodle: MoodleNodeFacts | null): string {
  const { facts, before } = input;
  const checked = (what: string, value: string, form: ValueForm) => scriptValue(facts.node, what, value, form);
  // The marks of a trial of shared files lie beside the MUC file also where that file itself is not on trial.
  const mucPath = input.ownMark ? null : checked('path of the cache configuration', input.moodle?.mucFile.path ?? '', 'path');
  const values = {
    id: input.id,
    site: input.site,
    muc: moodle === null ? '' : checked('path of the cache configuration', moodle.mucFile.path, 'path'),
    marks: mucPath === null ? `${trialDir(input.site)}/mark` : marksPath(mucPath, input.id),
    own_mark: input.ownMark ? '1' : '',
    files: input.files ?? '',
    before: before?.sha256 ?? '',
    ours: input.ours.join(' '),
    mode: before ? checked('mode of the cache configuration', before.mode, 'mode') : '',
    lock: moodle === null ? '' : checked("path of Moodle's lock", moodle.mucLock.path, 'path'),
    user: input.webUser === null ? '' : checked('web user', input.webUser, 'user'),
    dirroot: checked('Moodle folder', input.dirroot, 'path'),
    php: checked('PHP of the command line', facts.phpBinary ?? 'php', 'program'),
    alone: facts.phpAlone ?? '',
    kit: input.toolkitDir,
    fpm: poolUnits(facts.node, input.pools).join(' '),
    drain: [...new Set(input.pools.map((p) => webProbe(p).watch(p)))].join(' '),
    marker: input.marker,
    reload: input.reload ? '1' : '',
    // The name of the file with the token's hash, to remove it.
    token: tokenHash(input.token).slice(0, 12),
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}
