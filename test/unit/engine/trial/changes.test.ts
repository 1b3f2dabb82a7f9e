/** What a trial adds to the plan, and what each node gets for it. */

import { describe, expect, it } from 'vitest';
import { trialMode } from '../../../../src/app/trial-mode.js';
import { canaryOf } from '../../../../src/caches/muc/canary.js';
import { type MucStageInput, mucChanges } from '../../../../src/caches/muc/stage.js';
import type { Change } from '../../../../src/core/change.js';
import type { Cluster } from '../../../../src/core/cluster.js';
import type { MucEdit } from '../../../../src/core/muc-edit.js';
import { keptByMarkAlone } from '../../../../src/engine/trial/end.js';
import { parseNodeTrial } from '../../../../src/engine/trial/nodes.js';

const node = (name: string, roles: Cluster['nodes'][number]['roles']) => ({
  name,
  host: name,
  roles,
  ssh: { hostKeys: 'known_hosts' as const, sudo: { kind: 'auto' as const } },
  webPort: 80,
  state: 'in' as const,
});
const cluster: Cluster = {
  label: 'campus',
  dirroot: '/var/www/moodle',
  webUser: undefined,
  nodes: [node('web1', ['web']), node('main', ['main', 'web']), node('job1', ['cron']), node('cache1', ['cache'])],
};
const map = (definition: string, ...stores: string[]): MucEdit => ({ edit: 'definition', definition, stores, why: 'because' });
const input: MucStageInput = {
  cluster,
  storeEdits: [{ edit: 'store', action: 'add', name: 'app', plugin: 'redis', configuration: {}, why: 'because' }],
  mappingEdits: [map('core/config', 'app'), map('core/langmenu', 'near', 'app')],
  stores: [
    { name: 'app', plugin: 'redis', shared: true },
    { name: 'near', plugin: 'apcu', shared: false },
    { name: 'disk', plugin: 'file', shared: false },
    { name: 'default_application', plugin: 'file', shared: true },
  ],
  effective: { 'core/config': ['app'], 'core/langmenu': ['near', 'app'] },
  moved: [
    { definition: 'core/config', left: ['default_application'], entered: ['app'] },
    { definition: 'core/langmenu', left: ['disk'], entered: ['near', 'app'] },
  ],
  mucHash: 'aaaa',
  trial: { targets: [] },
};
const ids = (changes: readonly Change[]) => changes.map((c) => c.id);

describe('the order of a trial (rules S17 and S18)', () => {
  const changes = mucChanges(input);

  it('takes the baseline, arms main, then every other Moodle node, and only then moves the canary, then all', () => {
    const order = [
      'prove:*:stores',
      'baseline:*:pages',
      'trial-arm:main:way-back',
      'trial-arm:web1:way-back',
      'muc-publish:main:canary',
      'pages:*:canary',
      'muc-publish:main:mappings',
      'pages:*:mappings',
    ];
    const positions = order.map((id) => ids(changes).indexOf(id));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('waits for what must come first: every dependency is in the list and before it', () => {
    changes.forEach((change, index) => {
      for (const id of change.after) expect(ids(changes).slice(0, index)).toContain(id);
    });
    expect(new Set(ids(changes)).size).toBe(changes.length);
  });

  it('moves each definition once', () => {
    const edits = changes.flatMap((c) => (c.kind === 'muc-publish' && c.id !== 'muc-publish:main:stores' ? c.edits : []));
    expect(edits).toHaveLength(2);
    const proven = changes.flatMap((c) => (c.kind === 'prove' && c.id === 'prove:*:mappings' ? Object.keys(c.effective) : []));
    expect(proven).toEqual(['core/config', 'core/langmenu']);
  });

  it('arms every node that loads this Moodle, also one that serves no pages, and no other', () => {
    expect(changes.filter((c) => c.kind === 'trial-arm').map((c) => c.node)).toEqual(['main', 'web1', 'job1']);
  });

  it('tells each node what to empty on the way back, by where it can be emptied', () => {
    const arm = changes.find((c) => c.kind === 'trial-arm');
    expect(arm?.kind === 'trial-arm' && { own: arm.own, web: arm.web, shared: arm.shared }).toEqual({
      own: [{ store: 'disk', definitions: ['core/langmenu'] }],
      web: [{ store: 'near', definitions: ['core/langmenu'] }],
      shared: [
        { store: 'app', definitions: ['core/config', 'core/langmenu'] },
        { store: 'default_application', definitions: ['core/config'] },
      ],
    });
  });

  it('is not there without a trial, nor where no mapping moves', () => {
    const { trial: _trial, ...without } = input;
    for (const list of [mucChanges(without), mucChanges({ ...input, mappingEdits: [], moved: [] })]) {
      expect(list.filter((c) => ['baseline', 'trial-arm', 'pages'].includes(c.kind))).toEqual([]);
      expect(ids(list)).not.toContain('muc-publish:main:canary');
    }
  });
});

describe('the canary', () => {
  const moved = (...definitions: string[]) => definitions.map((definition) => ({ definition }));

  it('is a small one that every page asks, where there is one', () => {
    expect(canaryOf([map('core/config', 'a'), map('core/langmenu', 'a')], moved('core/config', 'core/langmenu'))).toEqual(map('core/langmenu', 'a'));
    expect(canaryOf([map('mod_x/y', 'a')], moved('mod_x/y', 'core/config'))).toEqual(map('mod_x/y', 'a'));
  });

  it('needs a definition that is mapped anew, and something left for later', () => {
    expect(canaryOf([map('core/langmenu', 'a')], moved('core/langmenu'))).toBeNull();
    expect(canaryOf([{ edit: 'mode', mode: 1, store: 'a', why: '' }], moved('core/config', 'core/langmenu'))).toBeNull();
    expect(canaryOf([map('core/langmenu')], moved('core/config', 'core/langmenu'))).toBeNull();
  });
});

describe('what a node tells of its trial', () => {
  it('is read by its words', () => {
    expect(parseNodeTrial('web1', 'id=20261128T115730-202858\nmark=armed\nleft=94\nrehearsed=yes\n')).toEqual({
      node: 'web1',
      id: '20261128T115730-202858',
      mark: 'armed',
      secondsLeft: 94,
      result: null,
      confirmed: false,
      owed: false,
      refused: [],
      aside: [],
    });
    const ended = parseNodeTrial(
      'web1',
      'id=x\nmark=reverted\nleft=-9\nresult=reverted\nat=2026\nowed=empty-shared.json\naside=/a/aside.1\naside=/a/aside.2\n',
    );
    expect(parseNodeTrial('web1', 'id=x\nmark=kept\nconfirmed=yes\n')).toMatchObject({ confirmed: true });
    expect(ended).toMatchObject({ result: 'reverted', owed: true, aside: ['/a/aside.1', '/a/aside.2'], secondsLeft: -9 });
  });

  it('tells a mark that nobody has confirmed as root from a confirm', () => {
    const at = (text: string) => [parseNodeTrial('web1', text)];
    expect(keptByMarkAlone('on-trial', at('id=x\nmark=kept\n'))).toContain('no confirm by root is on record');
    expect(keptByMarkAlone('on-trial', at('id=x\nmark=kept\nconfirmed=yes\n'))).toBeNull();
    expect(keptByMarkAlone('applied', at('id=x\nmark=kept\n'))).toBeNull();
  });

  it('is nothing where there is none', () => {
    expect(parseNodeTrial('web1', '')).toMatchObject({ id: null, secondsLeft: null, result: null });
  });
});

describe('the trial that the command line asks for', () => {
  it('waits two minutes when nothing is said', () => {
    expect(trialMode({ trial: true })).toEqual({ kind: 'wait', seconds: 120 });
    expect(trialMode({})).toEqual({ kind: 'wait', seconds: 120 });
  });

  it('is as long as said, or none', () => {
    expect(trialMode({ trial: '7' })).toEqual({ kind: 'wait', seconds: 7 });
    expect(trialMode({ trial: true, confirmWithin: '600' })).toEqual({ kind: 'confirm', seconds: 600 });
    expect(trialMode({ trial: false })).toEqual({ kind: 'none' });
  });

  it.each([
    [{ trial: '0' }, /from 1 to 86400/],
    [{ trial: '2m' }, /not "2m"/],
    [{ trial: true, confirmWithin: '-5' }, /--confirm-within must be a whole number of seconds/],
    [{ trial: false, confirmWithin: '60' }, /--confirm-within and --no-trial cannot be combined/],
    [{ trial: '60', confirmWithin: '60' }, /--confirm-within and --trial cannot be combined/],
  ] as const)('is refused when it makes no sense: %j', (options, words) => {
    expect(() => trialMode(options)).toThrow(words);
  });
});
