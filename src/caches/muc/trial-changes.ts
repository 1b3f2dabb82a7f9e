/** The changes that make a trial: the baseline of pages, automatic rollback scheduled on every node, pages tested again. Pure. */

import type { Change } from '../../core/change.js';
import { type Cluster, mainNode, moodleNodes } from '../../core/cluster.js';
import { count } from '../../core/count.js';
import { remedy } from '../../core/remedy.js';
import type { PageTarget, StoreItems } from '../../core/trial.js';
import { livesInPhp, livesInProcess } from '../plugins/catalog.js';
import { CACHE_STEP } from '../steps.js';

const MAPPINGS = CACHE_STEP.mappings;

interface Use {
  readonly name: string;
  readonly plugin: string;
  readonly shared: boolean;
}

interface Move {
  readonly definition: string;
  readonly left: readonly string[];
  readonly entered: readonly string[];
}

/** What becomes live again by a rollback, by where it can be emptied. */
function emptied(moved: readonly Move[], stores: readonly Use[], wanted: (store: Use) => boolean): StoreItems {
  return stores.filter(wanted).flatMap((store) => {
    const definitions = moved.filter((m) => m.left.includes(store.name) || m.entered.includes(store.name)).map((m) => m.definition);
    return definitions.length === 0 ? [] : [{ store: store.name, definitions: [...new Set(definitions)].sort() }];
  });
}

const perProcess = (store: Use) => livesInProcess(store.plugin);
const webOnly = (store: Use) => livesInPhp(store.plugin);

/** What pages are asked for changes nothing. */
const GATE = { node: '*', step: MAPPINGS, lane: 'main', risk: 'gate', undo: remedy`Nothing to undo.`, notifies: [] } as const;

/** Baseline first, then main, which makes the mark that all others look for, then the others. */
export function armingChanges(
  cluster: Cluster,
  targets: readonly PageTarget[],
  moved: readonly Move[],
  stores: readonly Use[],
  after: readonly string[],
): readonly Change[] {
  const baseline: Change = {
    ...GATE,
    kind: 'baseline',
    id: 'baseline:*:pages',
    what: `Record ${count(
      targets.reduce((sum, t) => sum + t.paths.length, 0),
      'page',
    )} before the change`,
    why: 'The trial compares pages with this state. Each web server keeps one guest session for it, which Moodle removes automatically.',
    after,
    targets,
  };
  const own = emptied(moved, stores, (s) => !s.shared && !webOnly(s) && !perProcess(s));
  const web = emptied(moved, stores, webOnly);
  const shared = emptied(moved, stores, (s) => s.shared && !perProcess(s) && !webOnly(s));
  const main = mainNode(cluster).name;
  const arm = (node: string): Change => ({
    kind: 'trial-arm',
    id: `trial-arm:${node}:way-back`,
    node,
    step: MAPPINGS,
    what: 'Schedule automatic rollback unless the trial is confirmed',
    why: 'It needs neither this wizard nor SSH, and survives a reboot. It is rehearsed now; if that fails, nothing is written.',
    after: node === main ? [baseline.id] : [`trial-arm:${main}:way-back`],
    lane: 'parallel',
    risk: 'low',
    undo: remedy`The unit is removed when the trial ends.`,
    notifies: [],
    before: null,
    ours: [],
    own,
    web,
    shared,
  });
  const others = moodleNodes(cluster).filter((n) => n.name !== main);
  return [baseline, arm(main), ...others.map((n) => arm(n.name))];
}

/** The pages once more, against the baseline. */
export function pagesChange(targets: readonly PageTarget[], target: string, after: readonly string[]): Change {
  return {
    ...GATE,
    kind: 'pages',
    id: `pages:*:${target}`,
    what: 'Re-test pages: same content, no slowdown',
    why: 'With an unreachable cache Moodle still serves pages, but slowly.',
    after,
    targets,
  };
}
