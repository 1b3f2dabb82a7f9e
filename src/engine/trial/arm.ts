/** Schedules automatic rollback on one node: its folder, its unit, and the rehearsal inside that unit. */

import { randomBytes } from 'node:crypto';
import type { ChangeOf } from '../../core/change.js';
import { type Cluster, mainNode, moodleNodes } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { RestorePoint } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { type TrialRecord, WORK_SECONDS } from '../../core/trial.js';
import { lastLines } from '../../exec/sudo.js';
import { beforeDir } from '../../records/paths.js';
import { tar } from '../../survey/tar.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { sitePools } from '../handlers/converge.js';
import { webUserOf } from '../session/session.js';
import { filesOn, guardedList, guardedNodes, keepGuarded } from './guarded.js';
import { hasOwnMark } from './marks.js';
import { nodeFiles, poolUnits, tokenHash } from './node-files.js';
import { trialDir } from './nodes.js';
import { writeTrial } from './record.js';

/** The rehearsal asks every pool and starts PHP a few times. */
const TIMEOUT_MS = 120_000;

/** The restore point of this run. @throws WizardError `bug` */
async function pointOf(context: ApplyContext): Promise<RestorePoint> {
  const point = (await context.record.points(context.site)).find((p) => p.id === context.restorePoint);
  if (!point) throw new WizardError('bug', `The restore point ${context.restorePoint} is not in the record.`);
  return point;
}

/** What a trial is of: nodes, files, and which nodes cannot see a mark beside the MUC file. Pure. */
export function trialOf(
  cluster: Cluster,
  point: RestorePoint,
  change: Pick<ChangeOf<'trial-arm'>, 'muc'>,
): Pick<TrialRecord, 'nodes' | 'muc' | 'fileNodes' | 'ownMarks'> {
  const main = mainNode(cluster).name;
  const moodle = moodleNodes(cluster).map((n) => n.name);
  const fileNodes = guardedNodes(point);
  const shared = change.muc !== false || (point.files ?? []).some((f) => f.writer === 'web-user');
  const nodes = [...new Set([...(shared ? moodle : [main]), ...fileNodes])];
  const ownMarks = shared ? nodes.filter((n) => !moodle.includes(n)) : nodes;
  return {
    nodes,
    ...(change.muc === false ? { muc: false as const } : {}),
    ...(fileNodes.length === 0 ? {} : { fileNodes }),
    ...(ownMarks.length === 0 ? {} : { ownMarks }),
  };
}

/** The first mark, and the record by which every later command knows the trial. */
async function begin(context: ApplyContext, point: RestorePoint, change: ChangeOf<'trial-arm'>): Promise<void> {
  const trial: TrialRecord = {
    v: 1,
    id: context.restorePoint,
    by: context.run,
    armedAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + WORK_SECONDS * 1000).toISOString(),
    ...trialOf(context.cluster, point, change),
  };
  await writeTrial(context.record, context.site, trial);
  // Where main has a mark of its own, arming makes it.
  if (!hasOwnMark(trial, change.node)) await context.bridge(change.node).beginTrial(context.restorePoint);
}

/** The MUC file to restore is the restore point's; ours are those that this run has published, also before it was cut off, and will publish. */
async function imageAndOurs(context: ApplyContext, point: RestorePoint, change: ChangeOf<'trial-arm'>) {
  if (change.muc === false) return { image: null, reload: false, ours: [] };
  const entries = await context.record.readUndo(point);
  const earlier = entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result ? [e.change.result] : []));
  // PHP keeps its connections to a memcached by the name of the instance: where it was reloaded for an edit, the rollback reloads it too.
  const reload = entries.some((e) => e.change.kind === 'converge' && e.change.reload && e.change.node === change.node);
  const image = point.muc === null ? null : { content: await context.record.readMuc(point), sha256: point.muc.sha256, mode: point.muc.mode };
  return {
    image,
    reload,
    ours: [...new Set([...earlier, ...(change.before === null ? [] : [change.before]), ...change.ours])].filter((h) => h !== image?.sha256),
  };
}

export const trialArmHandler: ChangeHandler<'trial-arm'> = {
  kind: 'trial-arm',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'trial-arm'>) {
    const { node } = change;
    const facts = context.facts.nodes[node];
    if (!facts) throw new WizardError('bug', `${node} has not been surveyed.`);
    const moodle = facts.moodle ?? null;
    const point = await pointOf(context);
    const files = filesOn(point, node);
    // A load balancer has no web user; nothing on trial there is one's.
    const webUser = moodle === null ? null : webUserOf(context.cluster, facts);
    const pools = sitePools(context, node);
    const units = poolUnits(node, pools).join(' ');
    if (files.length > 0) {
      const list = guardedList({ node, files, webUser, dataroot: moodle?.dataroot ?? null });
      await keepGuarded(context.executor(node), context.toolkitDir, context.restorePoint, list, units);
    }
    if (node === mainNode(context.cluster).name) await begin(context, point, change);
    const { image, reload, ours } = await imageAndOurs(context, point, change);
    const token = randomBytes(24).toString('hex');
    const entries = nodeFiles({
      id: context.restorePoint,
      site: context.site,
      toolkitDir: context.toolkitDir,
      facts,
      moodle,
      muc: change.muc,
      files: files.length === 0 ? '' : beforeDir(context.restorePoint),
      ownMark: hasOwnMark(trialOf(context.cluster, point, change), node),
      dirroot: context.cluster.dirroot,
      webUser,
      pools,
      before: image,
      ours,
      reload,
      empty: { own: change.own, web: change.web, shared: change.shared },
      token,
      marker: `mcw-${randomBytes(18).toString('hex')}`,
    });
    const argv = ['sh', `${context.toolkitDir}/trial/arm.sh`, context.site, String(WORK_SECONDS), tokenHash(token)];
    const result = await context.executor(node).run({ argv, stdin: tar(entries) }, { as: 'root', timeoutMs: TIMEOUT_MS });
    if (result.code === 0) return 'rehearsed';
    const faults = lastLines(`${result.stdout}\n${result.stderr}`).map((line) => line.replace(/^fault: /, ''));
    throw new WizardError(
      'change-failed',
      `${node}: cannot schedule the automatic rollback, so nothing is changed: ${faults[0] ?? 'the rehearsal gave no reason'}.`,
      {
        nodes: [node],
        step: change.step,
        evidence: faults,
        remedies: [
          remedy`Fix this and apply again. To repeat the rehearsal there, as root: ${sh`sh ${trialDir(context.site)}/trial.sh rehearse`}`,
          remedy`Or apply without a trial: apply … --no-trial (changes that fail their checks are still rolled back).`,
        ],
      },
    );
  },
};
