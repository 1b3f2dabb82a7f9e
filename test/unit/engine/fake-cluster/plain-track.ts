/** A track of one step and one stage without a guard: one file on every Moodle node. */

import type { Change } from '../../../../src/core/change.js';
import { moodleNodes } from '../../../../src/core/cluster.js';
import { remedy } from '../../../../src/core/remedy.js';
import type { Step } from '../../../../src/track/step.js';
import { byStage, NO_ADVICE, type Track } from '../../../../src/track/track.js';

export const PATH = '/etc/cluster-banner.conf';
export const CONTENT = 'This node is part of a cluster.\n';
export const STAGE = 'banner';

const words = {
  id: 'plain.banner',
  number: '1',
  short: 'Banner',
  brief: 'Banner',
  title: 'Banner file',
  why: 'For the test.',
  stage: STAGE,
  questions: () => [],
};

const fileOn = (node: string): Change => ({
  kind: 'file',
  id: `file:${node}:banner`,
  node,
  step: words.id,
  what: `Write ${PATH}`,
  why: 'The test wants it.',
  after: [],
  lane: 'parallel',
  risk: 'low',
  undo: remedy`The file is removed.`,
  notifies: [],
  path: PATH,
  content: CONTENT,
  mode: 0o644,
  owner: 'root',
  group: 'root',
  before: null,
  holdsSecret: false,
});

const banner: Step = {
  ...words,
  plan: ({ cluster, facts }) => ({
    changes: moodleNodes(cluster).flatMap(({ name }) => (facts.nodes[name]?.paths[PATH]?.exists ? [] : [fileOn(name)])),
    findings: [],
    refusals: [],
    edits: null,
  }),
  verify: () => [],
};

export const PLAIN: Track = {
  titles: {
    id: 'plain',
    title: 'Plain',
    guide: 'none',
    purpose: 'It writes a banner.',
    answers: ['plain'],
    stages: [{ id: STAGE, title: 'Banner file' }],
    steps: [words],
  },
  steps: [banner],
  surveyNeeds: () => ({ paths: [PATH], services: [] }),
  simulations: () => ({}),
  refusals: () => [],
  advise: () => NO_ADVICE,
  assemble: (plans, _input, options) => ({ stages: byStage(plans, options), refusals: [] }),
};
