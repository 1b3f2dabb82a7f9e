/** Gate: extensions are loaded in the web SAPI of the site's pool and in CLI; the pool answers again after its restart. */

import { setTimeout as sleep } from 'node:timers/promises';
import { asWizardError, WizardError } from '../../core/errors.js';
import type { PhpPool, PhpSapi } from '../../core/facts.js';
import { monotonicMs } from '../../core/monotonic.js';
import { remedy, sh } from '../../core/remedy.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { sitePools } from './converge.js';

const LIMIT_MS = 30_000;
const PAUSE_MS = 500;

interface Trouble {
  readonly where: string;
  readonly what: string;
}

async function ask(context: ApplyContext, node: string, pool: PhpPool | null): Promise<PhpSapi | string> {
  try {
    return await context.bridge(node).sapi(pool);
  } catch (thrown) {
    const error = asWizardError(thrown);
    if (error.code === 'link-lost' || error.code === 'cancelled' || error.code === 'bug') throw error;
    return error.message;
  }
}

async function troubles(context: ApplyContext, node: string, extensions: readonly string[]): Promise<readonly Trouble[]> {
  const seats = [...sitePools(context, node).map((pool) => ({ where: `web SAPI (pool ${pool.name})`, pool })), { where: 'CLI', pool: null }];
  const found: Trouble[] = [];
  for (const { where, pool } of seats) {
    const php = await ask(context, node, pool);
    if (typeof php === 'string') {
      found.push({ where, what: php });
      continue;
    }
    const missing = extensions.filter((e) => !(e in php.extensions));
    if (missing.length > 0) found.push({ where, what: `${missing.join(', ')} not loaded in PHP ${php.version}` });
  }
  return found;
}

export const phpReadyHandler: ChangeHandler<'php-ready'> = {
  kind: 'php-ready',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context, change) {
    const deadline = monotonicMs() + LIMIT_MS;
    for (;;) {
      const left = await troubles(context, change.node, change.extensions);
      if (left.length === 0) return sitePools(context, change.node).length > 0 ? 'loaded in web SAPI and CLI' : 'loaded in CLI';
      if (monotonicMs() < deadline && !context.signal.aborted) {
        await sleep(PAUSE_MS);
        continue;
      }
      const pools = sitePools(context, change.node).map((p) => p.unit);
      throw new WizardError('verify-failed', `${change.node}: ${change.extensions.join(', ')} is not loaded everywhere after ${LIMIT_MS / 1000} s.`, {
        nodes: [change.node],
        step: change.step,
        evidence: left.map((t) => `${t.where}: ${t.what}`),
        remedies: [
          remedy`On ${change.node}, check ${sh`journalctl -u ${pools[0] ?? 'php-fpm'}`}, restart it, then run this again. Moodle has not been touched.`,
        ],
      });
    }
  },
};
