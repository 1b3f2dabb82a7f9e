/** The proof: every store instance and mapping, on every Moodle node, in CLI and through the web SAPI, with a round trip between nodes. */

import { randomBytes } from 'node:crypto';
import { CACHE_STEP } from '../../caches/steps.js';
import type { Check } from '../../core/check.js';
import { moodleNodes } from '../../core/cluster.js';
import { count } from '../../core/count.js';
import { asWizardError } from '../../core/errors.js';
import type { ProofResult } from '../../core/moodle-answers.js';
import { type Remedy, remedy } from '../../core/remedy.js';
import type { ProofRequest } from '../../moodle/bridge-api.js';
import type { ApplyContext } from '../handler.js';
import { sitePools } from '../handlers/converge.js';

export interface ProveInput {
  readonly step: string;
  readonly stores: readonly { readonly name: string; readonly shared: boolean }[];
  readonly effective: Readonly<Record<string, readonly string[]>>;
  /** Every PHP for itself, in one round. */
  readonly alone?: true;
}

/** One PHP that is asked: a node's CLI or one of its pools. */
interface Seat {
  readonly node: string;
  /** `cli`, `web`, or `web-POOL` for further pools of a node. */
  readonly sapi: string;
  /** The same in words. */
  readonly words: string;
  readonly key: string;
  ask(request: ProofRequest): Promise<ProofResult>;
}

type Answer = { readonly seat: Seat; readonly result: ProofResult | null; readonly error: string | null };

function seats(context: ApplyContext): readonly Seat[] {
  return moodleNodes(context.cluster).flatMap((node) => {
    const bridge = context.bridge(node.name);
    // Random keys: no other run and no site data can meet them.
    const key = () => `mcw${randomBytes(8).toString('hex')}`;
    const cli: Seat = { node: node.name, sapi: 'cli', words: 'CLI', key: key(), ask: (r) => bridge.proveCli(r) };
    const webs = sitePools(context, node.name).map(
      (pool, index): Seat => ({
        node: node.name,
        sapi: index === 0 ? 'web' : `web-${pool.name}`,
        words: index === 0 ? 'web SAPI' : `web SAPI, pool ${pool.name}`,
        key: key(),
        ask: (r) => bridge.proveWeb(pool, r),
      }),
    );
    return [cli, ...webs];
  });
}

async function askAll(all: readonly Seat[], request: (seat: Seat) => ProofRequest): Promise<readonly Answer[]> {
  return Promise.all(
    all.map(async (seat) => {
      try {
        return { seat, result: await seat.ask(request(seat)), error: null };
      } catch (thrown) {
        return { seat, result: null, error: asWizardError(thrown).message };
      }
    }),
  );
}

const keysFor = (shared: readonly string[], keys: readonly string[]) => Object.fromEntries(shared.map((name) => [name, keys]));

function storeCheck(
  input: ProveInput,
  wrote: Answer,
  read: Answer | undefined,
  store: { readonly name: string; readonly shared: boolean },
  all: readonly Seat[],
): Check {
  const keys = all.map((s) => s.key);
  const { seat } = wrote;
  const common = { id: `ready:${seat.node}:${seat.sapi}:${store.name}`, node: seat.node, step: input.step, store: store.name };
  const subject = `"${store.name}" ready (${seat.words})`;
  const proof = wrote.result?.stores[store.name];
  if (!proof)
    return {
      ...common,
      subject,
      status: 'failed',
      detail: wrote.error ?? 'this node does not know the store',
      remedy: remedy`Check the logs of PHP and Moodle on ${seat.node}.`,
    };
  const failed = (detail: string, advice: Remedy): Check => ({ ...common, subject, status: 'failed', detail, remedy: advice });
  if (!proof.requirementsMet)
    return failed(proof.error ?? 'the PHP extension is not loaded here', remedy`Install the PHP extension on ${seat.node} and reload PHP (step 3).`);
  if (!proof.ready) {
    const folder = /permission|can ?not be created|not writable/i.test(proof.error ?? '');
    const advice = folder
      ? remedy`Create the folder of this store on ${seat.node} and give it to the web user, or choose one that the web user can create.`
      : remedy`Check that the service answers from ${seat.node} (step 2) and its password.`;
    return failed(proof.error ?? 'the store says it is not ready', advice);
  }
  if (proof.roundTrip === false) return failed(proof.error ?? 'what was written could not be read back', remedy`Check memory and limits of the service.`);
  // MongoDB's store calls itself ready before it has logged in, and only then throws.
  if (proof.error !== null) return failed(proof.error, remedy`Check the login and the rights that the service gives this user.`);
  if (!store.shared) {
    const seen = read?.result?.stores[store.name]?.read ?? {};
    const strangers = all.filter((s) => s.node !== seat.node && seen[s.key] === true).map((s) => s.node);
    if (strangers.length > 0) {
      return failed(
        `it is meant to be ${seat.node}'s own, but what ${[...new Set(strangers)].join(', ')} wrote is seen here`,
        remedy`Give it a local folder or a server that only this node uses. Or treat it as shared: map only definitions that all nodes may share.`,
      );
    }
  }
  if (store.shared && !input.alone) {
    const seen = read?.result?.stores[store.name]?.read ?? {};
    const missing = keys.filter((k) => seen[k] !== true).length;
    if (missing > 0) {
      return failed(
        read?.error ?? `${missing} of ${keys.length} values that other nodes wrote are not visible here`,
        remedy`All nodes must reach the same server with the same prefix and serializer.`,
      );
    }
  }
  return {
    ...common,
    subject,
    status: 'passed',
    detail: provenText(
      input,
      store,
      all.some((s) => s.node !== seat.node),
    ),
    ...(proof.ms === null ? {} : { ms: proof.ms }),
  };
}

function provenText(input: ProveInput, store: { readonly shared: boolean }, others: boolean): string {
  if (input.alone) return 'ready, round trip';
  if (store.shared) return 'ready, round trip with all nodes';
  return others ? "ready, round trip, no other node's values" : 'ready, round trip';
}

function mappingChecks(input: ProveInput, answer: Answer): Check[] {
  const { seat } = answer;
  const wrong = Object.entries(input.effective).flatMap(([definition, want]) => {
    const is = answer.result?.effective[definition] ?? [];
    return JSON.stringify(is) === JSON.stringify(want) ? [] : [`${definition}: ${is.join(' over ') || 'nothing'} instead of ${want.join(' over ')}`];
  });
  const definitions = Object.keys(input.effective).length;
  if (definitions === 0) return [];
  const common = {
    id: `mapped:${seat.node}:${seat.sapi}`,
    node: seat.node,
    step: CACHE_STEP.mappings,
    subject: `${count(definitions, 'definition')} served as mapped (${seat.words})`,
  };
  if (answer.error) return [{ ...common, status: 'failed', detail: answer.error }];
  if (wrong.length === 0) return [{ ...common, status: 'passed', detail: 'each served by the stores that it is mapped to' }];
  return [
    {
      ...common,
      status: 'failed',
      detail: wrong.slice(0, 5).join('; '),
      remedy: remedy`Moodle silently uses the shared file store instead of a store that is not ready: see its row.`,
    },
  ];
}

/** Two rounds (one where each PHP is proven alone), all nodes side by side: each writes a key of its own, then reads everybody's. The last round takes the keys away. */
export async function prove(context: ApplyContext, input: ProveInput): Promise<readonly Check[]> {
  const all = seats(context);
  // CLI has an APCu of its own that nobody else sees: there, ready and a round trip are all there is to prove.
  const names = input.stores.map((s) => s.name);
  const shared = input.stores.filter((s) => s.shared).map((s) => s.name);
  const keys = all.map((s) => s.key);
  if (input.alone) {
    const own = await askAll(all, ({ key }) => ({ stores: names, definitions: Object.keys(input.effective), write: key, clean: keysFor(names, [key]) }));
    return allChecks(input, own, [], all);
  }
  const wrote = await askAll(all, (seat) => ({ stores: names, definitions: Object.keys(input.effective), write: seat.key }));
  // Shared stores must have what others wrote, local ones must not.
  const read = names.length === 0 || all.length < 2 ? [] : await askAll(all, () => ({ stores: names, definitions: [], read: keysFor(names, keys) }));
  await cleanUp(all, names, shared);
  return allChecks(input, wrote, read, all);
}

function allChecks(input: ProveInput, wrote: readonly Answer[], read: readonly Answer[], all: readonly Seat[]): readonly Check[] {
  return wrote.flatMap((answer, i) => [...input.stores.map((store) => storeCheck(input, answer, read[i], store, all)), ...mappingChecks(input, answer)]);
}

/** Shared stores are cleaned by one seat for all; local ones by each for itself. */
async function cleanUp(all: readonly Seat[], names: readonly string[], shared: readonly string[]): Promise<void> {
  const local = names.filter((n) => !shared.includes(n));
  const everyKey = all.map((s) => s.key);
  const [first] = all;
  const jobs = all
    .map((seat) => ({ seat, clean: { ...keysFor(local, [seat.key]), ...(seat === first ? keysFor(shared, everyKey) : {}) } }))
    .filter((job) => Object.keys(job.clean).length > 0);
  await Promise.allSettled(jobs.map(({ seat, clean }) => seat.ask({ stores: Object.keys(clean), definitions: [], clean })));
}
