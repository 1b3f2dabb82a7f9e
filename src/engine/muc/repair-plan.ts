/** What is wrong with a cache configuration that Moodle cannot use, and what to put in its place (fact M4: Moodle itself replaces only a missing one). */

import { CACHE_STEP } from '../../caches/steps.js';
import { isSharedStore } from '../../caches/store-scope.js';
import type { Change, StagePlan } from '../../core/change.js';
import { type Cluster, mainNode, moodleNodes } from '../../core/cluster.js';
import { WizardError } from '../../core/errors.js';
import type { ClusterFacts, MoodleNodeFacts, MucConfig } from '../../core/facts.js';
import type { StagedMuc } from '../../core/moodle-answers.js';
import { remedy } from '../../core/remedy.js';
import { mainMoodle, sessionSite } from '../points.js';
import type { Session } from '../session/session.js';
import { readGoodCopy } from './good-copy.js';

const STEP = CACHE_STEP.mappings;
/** The word that Moodle takes for a site identifier where the file has none. */
export const NO_IDENTIFIER = 'unknown';

/** What is wrong with the file, in words; null when Moodle can use it. Pure. */
export function mucProblem(moodle: MoodleNodeFacts): string | null {
  const { muc, mucFile } = moodle;
  if (muc.state === 'missing') return 'it is missing';
  if (muc.state === 'corrupt') return mucFile.size === 0 ? 'it is empty' : muc.reason;
  return muc.config.siteIdentifier === NO_IDENTIFIER ? 'it does not say which site it belongs to (siteidentifier is missing)' : null;
}

/** A file that may be put in the place of the bad one. */
export interface Candidate {
  /** A restore point's id, or `last-good`. */
  readonly id: string;
  /** False: what a rollback took away; only when somebody names it. */
  readonly byItself: boolean;
  readonly what: string;
  readonly mode: string;
  readonly versionsHash: string;
  content(): Promise<Buffer | null>;
}

/** The file to put in place: made and judged by Moodle itself. */
export interface Remedy {
  /** As `from` of the change. */
  readonly from: string;
  readonly what: string;
  readonly staged: StagedMuc;
  /** Octal; null = as the bad file has it. */
  readonly mode: string | null;
}

/** Everything on record, newest first: the copy proven last, then what each run found. */
export async function candidates(session: Session): Promise<readonly Candidate[]> {
  const { record } = session;
  const good = await readGoodCopy(session);
  const points = [...(await record.points(sessionSite(session)))].reverse();
  const proven: readonly Candidate[] =
    good === null
      ? []
      : [
          {
            id: 'last-good',
            byItself: true,
            what: `the last file that was verified on every node (kept ${good.kept.slice(0, 16).replace('T', ' ')})`,
            mode: good.mode,
            versionsHash: good.versionsHash,
            content: async () => good.content,
          },
        ];
  return [
    ...proven,
    ...points.flatMap((point): readonly Candidate[] => {
      if (!point.muc || point.kind === 'repair') return [];
      const when = point.created.slice(0, 16).replace('T', ' ');
      return [
        {
          id: point.id,
          byItself: point.kind !== 'safety',
          what: `restore point ${point.id}: the file before the ${point.kind === 'apply' ? 'run' : 'rollback'} of ${when}`,
          mode: point.muc.mode,
          versionsHash: point.versionsHash,
          content: () => record.readMuc(point),
        },
      ];
    }),
  ];
}

const main = (session: Session) => mainNode(session.cluster).name;

/** Has Moodle judge a file; one of another site gets this site's identifier. @throws WizardError `muc-corrupt` when it is no better than the bad one */
async function judge(session: Session, content: Buffer): Promise<StagedMuc> {
  const bridge = session.bridge(main(session));
  const staged = await bridge.stage({ edits: [], secrets: {}, base: content });
  const { siteIdentifier } = staged.config;
  if (siteIdentifier === null || staged.siteIdentifier === null || siteIdentifier === staged.siteIdentifier) return staged;
  return bridge.stage({ edits: [], secrets: {}, base: content, identifier: true });
}

async function fromCandidate(session: Session, candidate: Candidate): Promise<Remedy> {
  const content = await candidate.content();
  if (content === null) throw new WizardError('muc-corrupt', `${candidate.what} holds no cache configuration.`, { nodes: [main(session)] });
  if (candidate.versionsHash !== mainMoodle(session).versionsHash) {
    throw new WizardError('nodes-differ', `${candidate.what} was made for other code: this Moodle has been upgraded since, or its plugins have changed.`, {
      nodes: [main(session)],
      remedies: [
        remedy`Use Moodle's default: moodle-cluster-wizard repair --default --yes`,
        remedy`Then restore stores and mappings from the answers of the last run: moodle-cluster-wizard plan, then apply --yes`,
      ],
    });
  }
  return { from: candidate.id, what: candidate.what, staged: await judge(session, content), mode: candidate.mode };
}

/** Moodle's own default, with this site's identifier. */
async function moodleDefault(session: Session): Promise<Remedy> {
  const staged = await session.bridge(main(session)).stage({ edits: [], secrets: {}, base: null, fresh: true });
  return {
    from: 'default',
    what: "Moodle's own default: file store, session and request memory, no stores of your own and no mappings",
    staged,
    mode: null,
  };
}

/** The live file, which only lacks the identifier. */
async function mended(session: Session): Promise<Remedy> {
  const staged = await session.bridge(main(session)).stage({ edits: [], secrets: {}, base: null, identifier: true });
  return { from: 'mended', what: "the same file, with this site's identifier in it", staged, mode: null };
}

/**
 * What to put in place of the bad file. Without a choice: the live file where only its identifier is missing, else the newest candidate that this Moodle can use.
 * @throws WizardError `usage` for an id that is not there, `muc-corrupt` when nothing fits
 */
export async function chooseRemedy(session: Session, choice: { readonly to: string | null; readonly toDefault: boolean }): Promise<Remedy> {
  if (choice.toDefault) return moodleDefault(session);
  const all = await candidates(session);
  if (choice.to !== null) {
    const chosen = all.find((c) => c.id === choice.to);
    if (chosen) return fromCandidate(session, chosen);
    throw new WizardError('usage', `This site has no restore point "${choice.to}" with a cache configuration.`, {
      remedies: [remedy`List them with: backups`],
    });
  }
  if (mainMoodle(session).muc.state === 'ok') return mended(session);
  const why: string[] = [];
  for (const candidate of all.filter((c) => c.byItself)) {
    try {
      return await fromCandidate(session, candidate);
    } catch (thrown) {
      if (!(thrown instanceof WizardError)) throw thrown;
      why.push(thrown.message);
    }
  }
  throw new WizardError('muc-corrupt', `${mainMoodle(session).mucFile.path} cannot be used, and the records hold no file to replace it.`, {
    nodes: [main(session)],
    evidence: why.length === 0 ? ['This site has no restore points.'] : why.slice(0, 8),
    remedies: [
      remedy`Use Moodle's default: moodle-cluster-wizard repair --default --yes; then restore stores and mappings with apply.`,
      remedy`Or restore ${mainMoodle(session).mucFile.path} from a backup of dataroot, with its owner and mode.`,
    ],
  });
}

/** Every definition in every store that may serve it: what a file that becomes live again would bring to light. Pure. */
export function allItems(config: MucConfig): readonly { readonly store: string; readonly definitions: readonly string[] }[] {
  const perUser = new Set(config.stores.filter((s) => s.plugin === 'session' || s.plugin === 'static').map((s) => s.name));
  const fallback = config.stores.filter((s) => s.default && !perUser.has(s.name)).map((s) => s.name);
  const byStore = new Map<string, Set<string>>();
  for (const definition of config.definitions) {
    if (definition.mode === 4) continue;
    for (const store of [...(config.definitionMappings[definition.id] ?? config.modeMappings[definition.mode]), ...fallback]) {
      if (!perUser.has(store)) byStore.set(store, (byStore.get(store) ?? new Set()).add(definition.id));
    }
  }
  return [...byStore].map(([store, definitions]) => ({ store, definitions: [...definitions].sort() })).sort((a, b) => (a.store < b.store ? -1 : 1));
}

const base = { step: STEP, lane: 'main', risk: 'gate', undo: remedy`Nothing to undo.`, notifies: [] } as const;

function emptyChanges(cluster: Cluster, target: string, items: ReturnType<typeof allItems>, shared: ReadonlySet<string>, after: readonly string[]): Change[] {
  const lead = mainNode(cluster).name;
  return moodleNodes(cluster).flatMap(({ name }) => {
    const own = items.filter((i) => name === lead || !shared.has(i.store));
    if (own.length === 0) return [];
    return [
      {
        ...base,
        kind: 'empty',
        id: `empty:${name}:${target}`,
        node: name,
        what: 'Empty every cache of Moodle',
        why: 'Otherwise Moodle would serve content from before the repair: old settings, even revoked rights.',
        after,
        lane: 'parallel',
        risk: 'low',
        undo: remedy`Cache content only: Moodle rebuilds it.`,
        items: own,
      },
    ];
  });
}

export interface RepairStageInput {
  readonly cluster: Cluster;
  readonly trouble: string;
  readonly remedy: Pick<Remedy, 'from' | 'what'>;
  readonly config: MucConfig;
  readonly before: string | null;
  readonly result: string;
  readonly facts: ClusterFacts;
}

/** All that a repair does, in order. Pure. */
export function repairStage({ cluster, trouble, remedy: chosen, config, before, result, facts }: RepairStageInput): StagePlan {
  const lead = mainNode(cluster).name;
  const shared = new Set(config.stores.filter((s) => isSharedStore(s, cluster, facts)).map((s) => s.name));
  const items = allItems(config);
  const publish: Change = {
    ...base,
    kind: 'muc-repair',
    id: `muc-repair:${lead}:file`,
    node: lead,
    what: `Replace Moodle's cache configuration with ${chosen.what}`,
    why: `Moodle cannot use the present file: ${trouble}.`,
    after: [],
    risk: 'low',
    undo: before === null ? remedy`There is no file to restore.` : remedy`The damaged file is kept as a restore point for inspection; it is not restored.`,
    from: chosen.from,
    before,
    result,
  };
  const converge: Change[] = moodleNodes(cluster).map(({ name }) => ({
    ...base,
    kind: 'converge',
    id: `converge:${name}:repair`,
    node: name,
    what: 'Wait until every Moodle process here uses the new file',
    why: 'OPcache and network file systems may serve the old one.',
    after: [publish.id],
    lane: 'parallel',
    mucHash: result,
    reload: false,
  }));
  const first = emptyChanges(
    cluster,
    'repair',
    items,
    shared,
    converge.map((c) => c.id),
  );
  const settle: Change = {
    ...base,
    kind: 'settle',
    id: 'settle:*:repair',
    node: '*',
    what: 'Wait until older requests, cron runs and tasks have ended',
    why: 'Processes that started before the change still use the old configuration.',
    after: first.map((c) => c.id),
  };
  const second = emptyChanges(cluster, 'repair-again', items, shared, [settle.id]);
  const stores = config.stores.filter((s) => !s.default).map((s) => ({ name: s.name, shared: shared.has(s.name) }));
  const effective = Object.fromEntries(Object.entries(config.definitionMappings).filter(([id]) => config.definitions.some((d) => d.id === id && d.mode !== 4)));
  const prove: Change = {
    ...base,
    kind: 'prove',
    id: 'prove:*:repair',
    node: '*',
    what: `Verify ${stores.length === 0 ? "Moodle's defaults" : stores.map((s) => `"${s.name}"`).join(', ')} on every node`,
    why: 'Moodle silently uses the shared file store on a node where a store is not ready.',
    after: [settle.id, ...second.map((c) => c.id)],
    stores,
    effective,
  };
  return { stage: 'muc', changes: [publish, ...converge, ...first, settle, ...second, prove], provisional: false };
}
