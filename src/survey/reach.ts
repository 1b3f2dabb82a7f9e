/** Asks cache services from one node by their own protocols. The password goes over standard input. */

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

/** One PHP process for all services. What cannot be asked is returned as not ok, with the reason. */
export async function askServices(
  executor: Executor,
  toolkitDir: string,
  facts: NodeFacts | undefined,
  services: readonly SurveyService[],
): Promise<readonly ReachFacts[]> {
  if (services.length === 0) return [];
  const marker = newMarker();
  const stdin = bridgeRequest('reach', marker, { services });
  const user = facts?.webUser;
  const unasked = (why: string): readonly ReachFacts[] => services.map((s) => ({ service: s.service, ok: false, error: why }));
  // Never as root: its PHP has the site's extensions.
  if (user === undefined) return unasked('cannot be checked: the web user of this node is unknown');
  const argv = bridgeArgv(facts?.phpBinary ?? 'php', toolkitDir, 'reach');
  const result = await executor.run({ argv, stdin }, { as: { user: asWebUser(user, executor.node.name) }, timeoutMs: LIMIT_MS, maxBytes: OUTPUT.answer });
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (answer?.ok) {
    const given = checked(list(reachFacts, 500), answer.data, { node: executor.node.name, what: 'answer to "reach"' });
    return given.filter((r) => services.some((s) => s.service === r.service));
  }
  return unasked(answer ? answer.error.message : `PHP ended with code ${result.code}`);
}
