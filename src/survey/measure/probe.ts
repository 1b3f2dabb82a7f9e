/** Runs a probe of templates/measure on one node and reads its answer. */

import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { WizardError } from '../../core/errors.js';
import type { Executor } from '../../exec/executor.js';
import { OUTPUT } from '../../exec/limits.js';
import { lastLines } from '../../exec/sudo.js';
import { checked } from '../../intake/check.js';
import { newMarker, parseBridgeAnswer } from '../../moodle/bridge-text.js';

/** What is needed to run a probe as Moodle's own user on a node. */
export interface ProbeHost {
  readonly executor: Executor;
  readonly toolkitDir: string;
  readonly phpBinary: string;
  readonly webUser: string;
  readonly signal?: AbortSignal;
}

export interface ProbeCall {
  readonly probe: 'disk' | 'shared' | 'services' | 'page';
  readonly request: Readonly<Record<string, unknown>>;
  /** Folders that the probe makes its own folder in; empty for probes that write no file. */
  readonly parents?: readonly string[];
  readonly name?: string;
  readonly seconds: number;
  readonly onReady?: () => void;
}

/** A name for a probe's folders that nobody else has. */
export function probeName(): string {
  return `.moodle-cluster-wizard-probe-${randomBytes(16).toString('hex')}`;
}

/** @throws WizardError when the node is lost, the probe says why it cannot, or its answer has another shape than `schema` */
export async function runProbe<T>(host: ProbeHost, call: ProbeCall, schema: z.ZodType<T>): Promise<T> {
  const marker = newMarker();
  const php = [
    host.phpBinary,
    '-d',
    'display_errors=stderr',
    '-d',
    'max_execution_time=0',
    '-d',
    'memory_limit=128M',
    `${host.toolkitDir}/measure/${call.probe}.php`,
  ];
  const parents = call.parents ?? [];
  // Paths with a newline cannot be passed to the guard; no Moodle has them.
  const argv =
    parents.length === 0 ? ['nice', '-n', '19', ...php] : ['sh', `${host.toolkitDir}/measure/guarded.sh`, call.name ?? '', parents.join('\n'), ...php];
  const result = await host.executor.run(
    { argv, stdin: JSON.stringify({ ...call.request, marker, op: call.probe, ...(call.name === undefined ? {} : { name: call.name }) }) },
    {
      as: { user: host.webUser },
      timeoutMs: call.seconds * 1000 + 15_000,
      maxBytes: OUTPUT.answer,
      // Who writes and who looks need each other.
      ...(call.probe === 'shared' ? { together: true } : {}),
      ...(host.signal ? { signal: host.signal } : {}),
      ...(call.onReady ? { onLine: (line: string) => (line.endsWith(`${marker} ready`) ? call.onReady?.() : undefined) } : {}),
    },
  );
  const answer = parseBridgeAnswer(result.stdout, marker);
  if (answer?.ok) return checked(schema, answer.data, { node: host.executor.node.name, what: `answer of the probe "${call.probe}"` });
  throw new WizardError('platform-refused', answer ? answer.error.message : `the probe "${call.probe}" ended with code ${result.code} without an answer`, {
    nodes: [host.executor.node.name],
    evidence: lastLines(result.stderr),
  });
}
