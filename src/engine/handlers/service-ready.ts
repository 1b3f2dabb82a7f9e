/** Gate: a cache service answers every Moodle node, asked by its own protocol, and where only they may reach it, nobody else. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceGuard } from '../../core/change.js';
import { count } from '../../core/count.js';
import { WizardError } from '../../core/errors.js';
import type { ReachFacts } from '../../core/facts.js';
import { monotonicMs } from '../../core/monotonic.js';
import { piece, remedy } from '../../core/remedy.js';
import type { ServiceEndpoint } from '../../core/service-endpoint.js';
import { askServices } from '../../survey/reach.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { surveyService } from '../session/session.js';

const LIMIT_MS = 20_000;
const PAUSE_MS = 500;

/** Asks one service from one node. */
async function askService(context: ApplyContext, node: string, endpoint: ServiceEndpoint): Promise<ReachFacts> {
  const [answer] = await askServices(context.executor(node), context.toolkitDir, context.facts.nodes[node], [
    surveyService(endpoint, (name) => context.secret(name).reveal()),
  ]);
  return answer ?? { service: endpoint.service, ok: false, error: 'no answer' };
}

/** Asks until it answers or the time is over: a service may need a moment after its start. */
async function askPatiently(context: ApplyContext, node: string, endpoint: ServiceEndpoint): Promise<ReachFacts> {
  const deadline = monotonicMs() + LIMIT_MS;
  for (;;) {
    const reach = await askService(context, node, endpoint);
    if (reach.ok || monotonicMs() >= deadline || context.signal.aborted) return reach;
    await sleep(PAUSE_MS);
  }
}

/** Seconds that a connection from a node that must not reach it is tried. */
const DENIED_SECONDS = '3';

/** What shows that more than the Moodle nodes can connect; empty when all is shut. */
async function exposures(context: ApplyContext, guard: ServiceGuard): Promise<readonly string[]> {
  const { node, unit, address, port, table, deniedFrom } = guard;
  const script = `${context.toolkitDir}/sh/guard-proof.sh`;
  const proof = await context.executor(node).run({ argv: ['sh', script, unit, address, String(port), table ?? '-'] }, { as: 'root' });
  const own = proof.code === 0 ? proof.stdout.split('\n').filter((l) => l !== '') : [`the check ended with code ${proof.code}`];
  const argv = ['timeout', DENIED_SECONDS, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`];
  const tried = await Promise.all(deniedFrom.map(async (from) => ({ from, result: await context.executor(from).run({ argv }) })));
  return [...own.map((l) => `${node}: ${l}`), ...tried.filter((t) => t.result.code === 0).map((t) => `${t.from}: could connect to ${address}:${port}`)];
}

export const serviceReadyHandler: ChangeHandler<'service-ready'> = {
  kind: 'service-ready',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context, change) {
    const endpoint = context.endpoints().find((e) => e.service === change.service);
    if (!endpoint) throw new WizardError('service-unreachable', `Cannot connect to ${change.service}: no address of its node was found.`);
    const all = await Promise.all(change.fromNodes.map(async (node) => ({ node, reach: await askPatiently(context, node, endpoint) })));
    const failed = all.filter(({ reach }) => !reach.ok);
    const where = `${endpoint.host}:${endpoint.port}`;
    if (failed.length === 0) {
      const { guard } = change;
      const open = guard ? await exposures(context, guard) : [];
      if (open.length === 0) return `${where} answers ${count(all.length, 'node')}${guard ? ', and only Moodle nodes can connect' : ''}`;
      throw new WizardError('verify-failed', `${change.service} (${where}) accepts, or could accept, connections from hosts other than the Moodle nodes.`, {
        nodes: [guard?.node ?? ''],
        step: change.step,
        evidence: open,
        remedies: [remedy`Roll back, or stop the service until the cause is found: moodle-cluster-wizard rollback`],
      });
    }
    const nodes = failed.map((f) => f.node);
    throw new WizardError('service-unreachable', `${change.service} (${where}) cannot be used from ${nodes}.`, {
      nodes,
      step: change.step,
      evidence: failed.map(({ node, reach }) => `${node}: ${reach.error ?? 'no answer'}`),
      remedies: [
        remedy`Check the firewalls between ${nodes} and ${where}${endpoint.node === undefined ? '' : piece` (${endpoint.node})`}, then run this again.`,
      ],
    });
  },
};
