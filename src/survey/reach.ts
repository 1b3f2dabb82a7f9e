/** Asks cache services from one node by their own protocols; the password travels on standard input. */

import type { NodeFacts, ReachFacts } from '../core/facts.js';
import type { Executor } from '../exec/executor.js';
import { OUTPUT } from '../exec/limits.js';
import { asWebUser } from '../exec/web-user.js';
import { checked } from '../intake/check.js';
import { reachFacts } from '../intake/moodle-facts.js';
import { list } from '../intake/types.js';
import { bridgeArgv, bridgeRequest, newMarker, parseBridgeAnswer } from '../moodle/bridge-text.js';
import type { SurveyService } from './survey.js';

const LIMIT_MS = 60_000;

/** One PHP process for all services. What cannot be asked is answered as not ok, with the reason. */
export async function askServices(
  executor: Executor,
  kitDir: string,
  facts: NodeFacts | undefined,
  services: readonly SurveyService[],
): Promise<readonly ReachFacts[]> {
  if (services.length === 0) return [];
  const marker = newMarker();
  const stdin = bridgeRequest('reach', marker, { services });
  const user = facts?.sitePool === null || facts?.sitePool === undefined ? undefined : facts.pools[facts.sitePool]?.user;
  const argv = bridgeArgv(facts?.phpBinary ?? 'php', kitDir, 'reach');
  const result = await executor.run(
    { argv, stdin },
    { as: user === undefined ? 'root' : { user: asWebUser(user, executor.node.name) }, timeoutMs: LIMIT_MS, maxBytes: OUTPUT.answer },
  );
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (answer?.ok) {
    const reach = checked(list(reachFacts, 500), answer.data, { node: executor.node.name, what: 'answer to "reach"' });
    return reach.filter((r) => services.some((s) => s.service === r.service));
  }
  const error = answer ? answer.error.message : `the question ended with code ${result.code}`;
  return services.map((s) => ({ service: s.service, ok: false, error }));
}
