/** Arms the way back on one node: its folder, its unit, and the rehearsal inside that unit. */

import { randomBytes } from 'node:crypto';
import type { ChangeOf } from '../../core/change.js';
import { mainNode, moodleNodes } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import { remedy, sh } from '../../core/remedy.js';
import { type TrialRecord, WORK_SECONDS } from '../../core/trial.js';
import { lastLines } from '../../exec/sudo.js';
import { tar } from '../../survey/tar.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { sitePools } from '../handlers/converge.js';
import { webUserOf } from '../session/session.js';
import { nodeFiles, tokenHash } from './node-files.js';
import { trialDir } from './nodes.js';
import { writeTrial } from './record.js';

/** The rehearsal asks every pool and starts PHP a few times. */
const TIMEOUT_MS = 120_000;

/** The first mark, and the record that tells every later command of the trial. */
async function begin(context: ApplyContext): Promise<void> {
  const trial: TrialRecord = {
    v: 1,
    id: context.restorePoint,
    by: context.run,
    armedAt: new Date().toISOString(),
    nodes: moodleNodes(context.cluster).map((n) => n.name),
    endsAt: new Date(Date.now() + WORK_SECONDS * 1000).toISOString(),
  };
  await writeTrial(context.record, context.site, trial);
  await context.bridge(mainNode(context.cluster).name).beginTrial(context.restorePoint);
}

/** The file to go back to is the restore point's; over it lie those that this run has published, before a cut too, and will publish. */
async function imageAndOurs(context: ApplyContext, change: ChangeOf<'trial-arm'>) {
  const point = (await context.record.points(context.site)).find((p) => p.id === context.restorePoint);
  if (!point) throw new WizardError('bug', `The restore point ${context.restorePoint} is not in the record.`);
  const entries = await context.record.readUndo(point);
  const earlier = entries.flatMap((e) => (e.change.kind === 'muc-publish' && e.change.result ? [e.change.result] : []));
  // PHP keeps its connections to a memcached by the name of the instance: where it was reloaded for an edit, the way back reloads it too.
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
    const facts = context.facts.nodes[change.node];
    if (!facts?.moodle) throw new WizardError('bug', `${change.node} has not been surveyed.`);
    if (change.node === mainNode(context.cluster).name) await begin(context);
    const { image, reload, ours } = await imageAndOurs(context, change);
    const token = randomBytes(24).toString('hex');
    const files = nodeFiles({
      id: context.restorePoint,
      site: context.site,
      toolkitDir: context.toolkitDir,
      facts,
      moodle: facts.moodle,
      dirroot: context.cluster.dirroot,
      webUser: webUserOf(context.cluster, facts),
      pools: sitePools(context, change.node),
      before: image,
      ours,
      reload,
      empty: { own: change.own, web: change.web, shared: change.shared },
      token,
      marker: `mcw-${randomBytes(18).toString('hex')}`,
    });
    const argv = ['sh', `${context.toolkitDir}/trial/arm.sh`, context.site, String(WORK_SECONDS), tokenHash(token)];
    const result = await context.executor(change.node).run({ argv, stdin: tar(files) }, { as: 'root', timeoutMs: TIMEOUT_MS });
    if (result.code === 0) return 'rehearsed';
    const faults = lastLines(`${result.stdout}\n${result.stderr}`).map((line) => line.replace(/^fault: /, ''));
    throw new WizardError(
      'change-failed',
      `${change.node}: the way back could not be armed, so nothing is moved: ${faults[0] ?? 'the rehearsal said nothing'}.`,
      {
        nodes: [change.node],
        step: change.step,
        evidence: faults,
        remedies: [
          remedy`Mend it and apply again. By hand there, as root: ${sh`sh ${trialDir(context.site)}/trial.sh rehearse`}`,
          remedy`Or apply without a trial: apply … --no-trial (what fails its proof is still put back).`,
        ],
      },
    );
  },
};
