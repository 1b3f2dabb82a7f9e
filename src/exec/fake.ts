/** A scripted executor for tests of what stands above it: no machine, no time. */

import type { ClusterNode } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { Cmd, CmdResult, Executor, RunOptions } from './executor.js';
import { OUTPUT } from './limits.js';
import { describe, outputLimit } from './run.js';

export interface FakeCall {
  readonly cmd: Cmd;
  readonly options: RunOptions;
  /** argv in one line, for matching. */
  readonly line: string;
}

/** An answer: a result, an error to throw, or a function of the call. */
export type FakeAnswer = Partial<CmdResult> | Error | ((call: FakeCall) => Partial<CmdResult> | Error | Promise<Partial<CmdResult> | Error>);

export interface FakeRule {
  /** Found anywhere in the line, or a pattern on it. */
  readonly when: string | RegExp;
  readonly answer: FakeAnswer;
  /** How often it answers; without, always. */
  readonly times?: number;
}

export interface FakeFile {
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

export interface FakeExecutor extends Executor {
  readonly calls: readonly FakeCall[];
  readonly files: ReadonlyMap<string, FakeFile>;
  readonly closed: boolean;
}

/** Answers by the first rule that matches and still has times left. A command without a rule is an Error: tests say what may run. */
export function fakeExecutor(node: ClusterNode, rules: readonly FakeRule[] = []): FakeExecutor {
  const calls: FakeCall[] = [];
  const files = new Map<string, FakeFile>();
  const used = new Map<FakeRule, number>();
  let closed = false;
  const run = async (cmd: Cmd, options: RunOptions = {}): Promise<CmdResult> => {
    const call = { cmd, options, line: cmd.argv.join(' ') };
    if (options.signal?.aborted) throw new WizardError('cancelled', `Cancelled on ${node.name}: ${call.line}`, { nodes: [node.name] });
    calls.push(call);
    const rule = rules.find(
      (r) => (typeof r.when === 'string' ? call.line.includes(r.when) : r.when.test(call.line)) && (used.get(r) ?? 0) < (r.times ?? Number.POSITIVE_INFINITY),
    );
    if (!rule) throw new Error(`no rule of the fake executor ${node.name} for: ${call.line}`);
    used.set(rule, (used.get(rule) ?? 0) + 1);
    const answer = typeof rule.answer === 'function' ? await rule.answer(call) : rule.answer;
    if (answer instanceof Error) throw answer;
    const result = { code: 0, stdout: '', stderr: '', ms: 1, ...answer };
    const most = options.maxBytes ?? OUTPUT.any;
    if (Math.max(Buffer.byteLength(result.stdout), Buffer.byteLength(result.stderr)) > most) throw outputLimit(node.name, describe(cmd), most);
    emitLines(result, options);
    return result;
  };
  return {
    node,
    calls,
    files,
    get closed() {
      return closed;
    },
    run,
    putFile: async (path, content, attributes) => {
      files.set(path, { content: content.toString(), mode: attributes.mode, owner: attributes.owner ?? 'root', group: attributes.group ?? 'root' });
    },
    close: async () => {
      closed = true;
    },
  };
}

function emitLines(result: CmdResult, options: RunOptions): void {
  for (const from of ['stdout', 'stderr'] as const) {
    for (const line of result[from].split('\n')) if (line !== '') options.onLine?.(line, from);
  }
}
