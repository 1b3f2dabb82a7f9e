/**
 * Tracks of the trial's lab test, put in the place of steps/index.ts and steps/titles.ts: both break the virtual host of every web node under a trial. `caches` does it beside
 * its mappings; `vhosts` does nothing else, so that nothing on trial is shared and each node carries its own mark.
 */

import { createHash } from 'node:crypto';
import type { Change } from '../../../src/core/change.js';
import { mainNode, webNodes } from '../../../src/core/cluster.js';
import type { GuardedFile } from '../../../src/core/guarded.js';
import { remedy } from '../../../src/core/remedy.js';
import type { PlanInput, Step } from '../../../src/track/step.js';
import type { TrackTitles } from '../../../src/track/titles.js';
import { NO_ADVICE, type Track } from '../../../src/track/track.js';
import { caches } from '../../../steps/caches/track.js';

const PATH = '/etc/nginx/sites-available/moodle';
/** A configuration that nginx accepts and with which the site is lost. */
const LOST = 'server {\n  listen 80 default_server;\n  return 503;\n}\n';
const SHA256 = createHash('sha256').update(LOST).digest('hex');

const STEP = {
  id: 'vhosts.lost',
  number: '1',
  short: 'Lost',
  title: 'Lose the site',
  why: 'To see it come back.',
  brief: 'Lose the site.',
  questions: () => [],
  stage: 'vhosts',
} as const;

const before = (input: PlanInput, node: string): string | null => input.facts.nodes[node]?.paths[PATH]?.sha256 ?? null;

/** Nodes whose virtual host is not lost yet. */
const affected = (input: PlanInput) => webNodes(input.cluster).filter((n) => before(input, n.name) !== SHA256);

const guarded = (input: PlanInput, node: string): readonly GuardedFile[] => [
  { path: PATH, sha256: before(input, node), ours: [SHA256], writer: 'root', after: 'reload-nginx' },
];

function fileChange(input: PlanInput, node: string, step: string, after: readonly string[]): Change {
  return {
    kind: 'file',
    id: `file:${node}:vhost`,
    node,
    step,
    what: `Write ${PATH}`,
    why: 'A virtual host that loses the site.',
    after,
    lane: 'parallel',
    risk: 'low',
    undo: remedy`The former file is restored.`,
    notifies: ['reload:nginx.service'],
    path: PATH,
    content: LOST,
    mode: 0o644,
    owner: 'root',
    group: 'root',
    before: before(input, node),
    holdsSecret: false,
  };
}

/** The virtual hosts go on trial with the first mappings. */
const cachesWithVhosts: Track = {
  ...caches,
  surveyNeeds: (cluster, answers, facts) => {
    const needs = caches.surveyNeeds(cluster, answers, facts);
    return { ...needs, paths: [...needs.paths, PATH] };
  },
  assemble: (plans, input, options) => {
    const assembled = caches.assemble(plans, input, options);
    const muc = assembled.stages['muc'] ?? [];
    const nodes = affected(input).map((n) => n.name);
    const arms = muc.filter((c) => c.kind === 'trial-arm');
    if (arms.length === 0 || nodes.length === 0) return assembled;
    const files = nodes.map((node) =>
      fileChange(
        input,
        node,
        arms[0]?.step ?? '',
        arms.map((c) => c.id),
      ),
    );
    const last = muc.findLastIndex((c) => c.kind === 'trial-arm');
    const on = muc.map((c, i): Change => {
      if (c.kind === 'trial-arm' && nodes.includes(c.node)) return { ...c, files: guarded(input, c.node) };
      return i > last && c.kind === 'muc-publish' ? { ...c, after: [...c.after, ...files.map((f) => f.id)] } : c;
    });
    return { ...assembled, stages: { ...assembled.stages, muc: [...on.slice(0, last + 1), ...files, ...on.slice(last + 1)] } };
  },
};

const TITLES: TrackTitles = {
  id: 'vhosts',
  title: 'Virtual hosts',
  guide: 'none',
  purpose: 'It changes virtual hosts.',
  answers: [],
  stages: [{ id: 'vhosts', title: 'Virtual hosts' }],
  steps: [STEP],
};

const lose: Step<null> = {
  ...STEP,
  plan(input) {
    const main = mainNode(input.cluster).name;
    const nodes = affected(input).map((n) => n.name);
    if (nodes.length === 0) return { changes: [], findings: [], refusals: [], edits: null };
    const arm = (node: string): Change => ({
      kind: 'trial-arm',
      id: `trial-arm:${node}:vhosts`,
      node,
      step: STEP.id,
      what: 'Schedule automatic rollback unless the trial is confirmed',
      why: 'It needs no wizard.',
      after: node === main ? [] : [`trial-arm:${main}:vhosts`],
      lane: 'parallel',
      risk: 'low',
      undo: remedy`The unit is removed when the trial ends.`,
      notifies: [],
      before: null,
      ours: [],
      own: [],
      web: [],
      shared: [],
      muc: false,
      files: nodes.includes(node) ? guarded(input, node) : [],
    });
    const arms = [...new Set([main, ...nodes])].map(arm);
    const files = nodes.map((node) =>
      fileChange(
        input,
        node,
        STEP.id,
        arms.map((c) => c.id),
      ),
    );
    return { changes: [...arms, ...files], findings: [], refusals: [], edits: null };
  },
  verify: () => [],
};

const vhosts: Track = {
  titles: TITLES,
  steps: [lose],
  surveyNeeds: () => ({ paths: [PATH], services: [] }),
  simulations: () => ({}),
  refusals: () => [],
  advise: () => NO_ADVICE,
  assemble: (plans) => ({ stages: { vhosts: plans.all.flatMap(({ plan }) => plan.changes) }, refusals: [] }),
};

export const TRACKS: readonly Track[] = [cachesWithVhosts, vhosts];
export const TRACK_TITLES: readonly TrackTitles[] = TRACKS.map((track) => track.titles);
