/** Do all nodes see the same cluster: one clock, one code, the same servers behind the same names, the same abilities of PHP? What the round trip cannot tell. */

import { isIP } from 'node:net';
import { extensionsBySettings } from '../../caches/plugins/catalog.js';
import { CACHE_STEP } from '../../caches/steps.js';
import { serverHosts } from '../../caches/store-scope.js';
import type { Check } from '../../core/check.js';
import { mainNode, moodleNodes } from '../../core/cluster.js';
import { asWizardError } from '../../core/errors.js';
import type { MucStore, NodeFacts } from '../../core/facts.js';
import { part, remedy } from '../../core/remedy.js';
import { rescanWords } from '../../survey/rescan.js';
import { mainMoodle } from '../points.js';
import type { Session } from '../session/session.js';

/** Moodle's own rule for clusters (fact M21). */
const MAX_SKEW_SECONDS = 1;

/** Clock against main's: times of several nodes are compared, in the database and in caches. Pure. */
export function clockCheck(node: string, main: string, skew: number, mainSkew: number): Check {
  const apart = skew - mainSkew;
  const common = { id: `clock:${node}`, node, step: CACHE_STEP.needs, subject: `clock within ${MAX_SKEW_SECONDS} s of ${main}'s` };
  if (Math.abs(apart) <= MAX_SKEW_SECONDS) return { ...common, status: 'passed', detail: `${Math.abs(apart).toFixed(2)} s apart` };
  return {
    ...common,
    status: 'failed',
    detail: `${Math.abs(apart).toFixed(1)} s ${apart > 0 ? 'ahead' : 'behind'}: Moodle compares times of several nodes, so caches are purged too late or again and again`,
    remedy: remedy`Synchronise the clock of ${node}: chronyc makestep, or systemctl restart systemd-timesyncd.`,
  };
}

/** Extensions that stores ask for and a node's CLI or web SAPI lacks; one check for each store that asks for any. Pure. */
export function extensionChecks(node: string, facts: NodeFacts, stores: readonly MucStore[]): readonly Check[] {
  const pool = facts.sitePool === null ? undefined : facts.pools[facts.sitePool];
  const seats = [...(facts.moodle ? [{ name: 'CLI', php: facts.moodle.cli }] : []), ...(pool?.web ? [{ name: 'web SAPI', php: pool.web }] : [])];
  return stores.flatMap((store): readonly Check[] => {
    const needed = extensionsBySettings(store.plugin, store.configuration);
    if (needed.length === 0) return [];
    const common = {
      id: `extensions:${node}:${store.name}`,
      node,
      step: CACHE_STEP.modules,
      store: store.name,
      subject: `PHP can read and write what "${store.name}" holds`,
    };
    const lacking = needed.flatMap((n) =>
      seats.filter((s) => !(n.extension in s.php.extensions)).map((s) => `${n.extension} is missing in ${s.name} (${n.why})`),
    );
    if (lacking.length === 0) return [{ ...common, status: 'passed', detail: needed.map((n) => n.extension).join(', ') }];
    return [
      {
        ...common,
        status: 'failed',
        detail: `${lacking.join('; ')}: values of other nodes cannot be read here`,
        remedy: remedy`Install the extension on ${node} and reload PHP; or set another serializer or compressor for this store and purge it.`,
      },
    ];
  });
}

const ADDRESS = /^[0-9.]+$|:/;
const nameOf = (server: string) => server.replace(/:[0-9]+$/, '');

/** Names in the server lists of stores with more than one server: a key lands on one of them only, so the round trip need not meet the one that differs. Pure. */
export function namesToResolve(stores: readonly MucStore[]): readonly { readonly store: string; readonly names: readonly string[] }[] {
  return stores.flatMap((s) => {
    const servers = serverHosts(s);
    const names = [...new Set(servers.map(nameOf))].filter((n) => !ADDRESS.test(n));
    return servers.length < 2 || names.length === 0 ? [] : [{ store: s.name, names }];
  });
}

/** Lines of resolve.sh: addresses by name, of the names that were asked for. Pure. */
export function parseResolved(text: string, names: readonly string[]): Readonly<Record<string, string>> {
  const rows = text.split('\n').map((line) => line.split('\t'));
  const addresses = (list: string) => list.split(',').filter((a) => isIP(a.replace(/%.*$/, '')) !== 0);
  return Object.fromEntries(rows.flatMap(([name = '', list = '']) => (names.includes(name) ? [[name, addresses(list).slice(0, 100).join(',')] as const] : [])));
}

/** Every node must find the same addresses behind the same names as main does. Pure. */
export function nameCheck(
  node: string,
  main: string,
  wanted: { readonly store: string; readonly names: readonly string[] },
  here: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
): Check {
  const common = {
    id: `names:${node}:${wanted.store}`,
    node,
    step: CACHE_STEP.stores,
    store: wanted.store,
    subject: `"${wanted.store}" has the same servers here`,
  };
  const other = wanted.names.filter((n) => (here[n] ?? '') === '' || here[n] !== there[n]);
  if (other.length === 0) return { ...common, status: 'passed', detail: wanted.names.map((n) => `${n} ${here[n]}`).join(', ') };
  return {
    ...common,
    status: 'failed',
    detail: `${other.map((n) => `${n} is ${here[n] || 'unknown'} here and ${there[n] || 'unknown'} on ${main}`).join('; ')}: nodes would keep the same key on different servers`,
    remedy: remedy`Correct /etc/hosts or the name server of ${node}, or give the store addresses instead of names; then purge it.`,
  };
}

async function resolvedOn(session: Session, node: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const result = await session.executor(node).run({ argv: ['sh', `${session.toolkitDir}/sh/resolve.sh`, ...names] }, { timeoutMs: 60_000 });
  return parseResolved(result.stdout, names);
}

async function nameChecks(session: Session, stores: readonly MucStore[]): Promise<readonly Check[]> {
  const wanted = namesToResolve(stores);
  if (wanted.length === 0) return [];
  const main = mainNode(session.cluster).name;
  const names = [...new Set(wanted.flatMap((w) => w.names))];
  const there = await resolvedOn(session, main, names);
  const checks = await Promise.all(
    moodleNodes(session.cluster).map(async ({ name }): Promise<readonly Check[]> => {
      try {
        const here = name === main ? there : await resolvedOn(session, name, names);
        return wanted.map((w) => nameCheck(name, main, w, here, there));
      } catch (thrown) {
        const detail = asWizardError(thrown).message;
        return wanted.map((w) => ({ ...nameCheck(name, main, w, {}, {}), status: 'unknown' as const, detail }));
      }
    }),
  );
  return checks.flat();
}

/** That code and settings agree has been found out before: a difference refuses every command. Reported here, so that the proof is whole. Pure. */
function agreementCheck(node: string, main: string, versionsHash: string): Check {
  return {
    id: `agrees:${node}`,
    node,
    step: CACHE_STEP.needs,
    subject: `has the code and the settings of ${main}`,
    status: 'passed',
    detail: `code ${versionsHash.slice(0, 12)}, dirroot, dataroot, cachedir, database and wwwroot are the same`,
  };
}

/** Definitions that the code has and the file lacks serve nothing that they are mapped to: a node whose code was not whole wrote the file (fact M20). Pure. */
export function definitionsCheck(main: string, missing: readonly string[], dirroot: string, user: string): Check {
  const common = { id: `definitions:${main}`, node: main, step: CACHE_STEP.mappings, subject: "the file knows the cache definitions of Moodle's code" };
  if (missing.length === 0) return { ...common, status: 'passed', detail: 'all of them' };
  return {
    ...common,
    status: 'failed',
    detail: `it lacks ${missing.join(', ')}: a node with incomplete code wrote it, and their mappings are lost`,
    remedy: remedy`${part(rescanWords(main, dirroot, user))} Then apply, which maps them again.`,
  };
}

/** All checks of coherence. Needs a survey that found no reason to refuse. */
export async function coherenceChecks(session: Session): Promise<readonly Check[]> {
  const main = mainNode(session.cluster).name;
  const { nodes } = session.facts();
  const { muc, versionsHash } = mainMoodle(session);
  const stores = muc.state === 'ok' ? muc.config.stores : [];
  const perNode = moodleNodes(session.cluster).flatMap(({ name }) => {
    const facts = nodes[name];
    if (!facts) return [];
    return [
      agreementCheck(name, main, versionsHash),
      clockCheck(name, main, facts.clockSkew, nodes[main]?.clockSkew ?? 0),
      ...extensionChecks(name, facts, stores),
    ];
  });
  const { site } = session.facts();
  const { dirroot } = session.cluster;
  const known = site ? [definitionsCheck(main, site.missingDefinitions ?? [], dirroot, nodes[main]?.webUser ?? 'www-data')] : [];
  return [...perNode, ...known, ...(await nameChecks(session, stores))];
}
