/**
 * The mark that decides how a trial ends: `armed` becomes `kept` or `reverting` by one rename, and the first rename decides; `reverting` becomes `reverted`. It lies
 * beside the MUC file, which all nodes share, or, where nothing on trial is shared, in the trial folder of main. Both know the same names.
 */

import { type Cluster, mainNode } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { TrialMark, TrialRecord } from '../../core/trial.js';
import type { Executor } from '../../exec/executor.js';
import { lastLines } from '../../exec/sudo.js';
import type { MoodleBridge } from '../../moodle/bridge-api.js';
import { trialDir } from './nodes.js';

/** What marks are reached by: a session, or the context of a handler. */
export interface MarkAccess {
  readonly cluster: Cluster;
  executor(node: string): Executor;
  bridge(node: string): MoodleBridge;
}

export interface Marks {
  /** `none`: this trial has no mark. */
  mark(): Promise<TrialMark>;
  /** Tries to be the one who moves the mark on; `done` is false when somebody else came first. */
  transition(to: 'kept' | 'reverting' | 'reverted'): Promise<{ readonly done: boolean; readonly mark: TrialMark }>;
  clear(): Promise<void>;
}

const MARKS: readonly string[] = ['armed', 'kept', 'reverting', 'reverted', 'none'] satisfies readonly TrialMark[];

/** The mark of a node's own trial folder. @throws WizardError `change-failed` when the node cannot be asked */
function nodeMarks(executor: Executor, site: string, id: string): Marks {
  const script = `${trialDir(site)}/trial.sh`;
  const ask = async (...verb: readonly string[]): Promise<TrialMark> => {
    // No folder: nothing was armed there, or it was swept away.
    const argv = ['sh', '-c', '[ -e "$1" ] || { echo none; exit 0; }; exec sh "$@"', 'sh', script, ...verb];
    const result = await executor.run({ argv }, { as: 'root', timeoutMs: 60_000 });
    const mark = result.stdout.trim();
    if (MARKS.includes(mark)) return mark as TrialMark;
    const { name } = executor.node;
    throw new WizardError('change-failed', `${name}: cannot read the mark of the trial.`, { nodes: [name], evidence: lastLines(result.stderr) });
  };
  return {
    mark: () => ask('mark', id),
    transition: async (to) => {
      const before = await ask('mark', id);
      const mark = before === to ? before : await ask('turn', id, to);
      return { done: before !== to && mark === to, mark };
    },
    clear: async () => void (await ask('clear', id)),
  };
}

/** True when the mark of a node lies in its own trial folder. */
export function hasOwnMark(trial: Pick<TrialRecord, 'ownMarks'>, node: string): boolean {
  return trial.ownMarks?.includes(node) ?? false;
}

/** The mark of one such node. */
export function ownMark(access: MarkAccess, site: string, id: string, node: string): Marks {
  return nodeMarks(access.executor(node), site, id);
}

/** The deciding mark. */
export function trialMarks(access: MarkAccess, site: string, trial: Pick<TrialRecord, 'id' | 'ownMarks'>): Marks {
  const main = mainNode(access.cluster).name;
  if (hasOwnMark(trial, main)) return ownMark(access, site, trial.id, main);
  const bridge = access.bridge(main);
  return { mark: () => bridge.trialMark(trial.id), transition: (to) => bridge.turnTrial(trial.id, to), clear: () => bridge.clearTrial(trial.id) };
}
