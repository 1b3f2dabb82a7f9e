/** The gate before mappings go live and at the end of a run: every instance and mapping proven on every node. */

import type { ChangeOf } from '../../core/change.js';
import { count } from '../../core/count.js';
import { WizardError } from '../../core/errors.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { prove } from '../muc/prove.js';

export const proveHandler: ChangeHandler<'prove'> = {
  kind: 'prove',
  inspect: async () => 'before',
  capture: async () => null,
  async apply(context: ApplyContext, change: ChangeOf<'prove'>) {
    const checks = await prove(context, change);
    for (const check of checks) context.emit({ type: 'check', check });
    const failed = checks.filter((c) => c.status !== 'passed');
    if (failed.length === 0) return `${count(checks.length, 'check')} passed`;
    const nodes = [...new Set(failed.map((c) => c.node))];
    throw new WizardError('verify-failed', `${failed.length} of ${count(checks.length, 'check')} failed on ${nodes.join(', ')}.`, {
      nodes,
      step: change.step,
      evidence: failed.slice(0, 8).map((c) => `${c.node}: ${c.subject}: ${c.detail}`),
      remedies: [...new Set(failed.flatMap((c) => (c.remedy ? [c.remedy] : [])))],
    });
  },
};
