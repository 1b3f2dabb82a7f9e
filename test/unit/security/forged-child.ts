/** A process of its own that runs commands against nodes with forged answers, and reports what came of each and how much memory it took. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { toCluster } from '../../../src/answers/cluster.js';
import { asWizardError, WizardError } from '../../../src/core/errors.js';
import { Redactor, Secret } from '../../../src/core/secret.js';
import { adviseCommand } from '../../../src/engine/commands/advise.js';
import { applyCommand } from '../../../src/engine/commands/apply.js';
import { planCommand } from '../../../src/engine/commands/plan.js';
import { purgeCommand } from '../../../src/engine/commands/purge.js';
import { backupsCommand, statusCommand, unlockCommand } from '../../../src/engine/commands/records.js';
import { repairCommand } from '../../../src/engine/commands/repair.js';
import { rollbackCommand } from '../../../src/engine/commands/rollback.js';
import { confirmCommand, revertCommand } from '../../../src/engine/commands/trial.js';
import type { CommandContext, CommandResult } from '../../../src/engine/commands/types.js';
import { verifyCommand } from '../../../src/engine/commands/verify.js';
import { HANDLERS } from '../../../src/engine/handlers/index.js';
import { openSession } from '../../../src/engine/session/session.js';
import type { CmdResult } from '../../../src/exec/executor.js';
import { createHeadlessFrontend } from '../../../src/ui/headless.js';
import { caches } from '../../../steps/caches/track.js';
import { ANSWERS, cooperativeNode, type Forge, OPS, SURVEY, sectionsOf } from './cooperative.js';

const CANARY = 'canary9f3a';

/** Values that no honest node gives; `CANARY` marks text, to see where it goes. */
const HOSTILE: readonly unknown[] = [
  `\u001b]0;${CANARY}\u0007\u001b[2J`,
  `;id>/tmp/${CANARY};$(reboot)\`reboot\``,
  `/srv/${CANARY}\nPassword: `,
  `-oProxyCommand=${CANARY}`,
  `../../../etc/${CANARY}`,
  '__proto__',
  'constructor',
  'root',
  '0',
  '',
  'x'.repeat(100_000),
  '\u202egnp.exe',
  'a\u0000b',
  '\ud800',
  null,
  true,
  -1,
  1e308,
  1.5,
  2 ** 60,
  65_536,
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
  Array.from({ length: 20_000 }, () => '/a'),
  Array.from({ length: 20_000 }, () => ({})),
  Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 'v'])),
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "toString": 1}'),
];

/** Ways to spoil what is printed, whatever it says. */
const SPOIL: Readonly<Record<string, (result: Partial<CmdResult>) => Partial<CmdResult>>> = {
  'half of it': (r) => ({ ...r, stdout: (r.stdout ?? '').slice(0, Math.floor((r.stdout ?? '').length / 2)) }),
  nothing: (r) => ({ ...r, stdout: '' }),
  twice: (r) => ({ ...r, stdout: `${r.stdout}${r.stdout}` }),
  'wrong markers': (r) => ({ ...r, stdout: (r.stdout ?? '').replaceAll(/mcw-[0-9a-f]+/g, 'mcw-0000') }),
  'wrong code': (r) => ({ ...r, code: 137, stderr: `\u001b[31m${CANARY}\n`.repeat(50) }),
  'deep JSON': (r) => ({ ...r, stdout: (r.stdout ?? '').replace(/\{.*\}/, `{"ok":true,"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) }),
  'many values': (r) => ({ ...r, stdout: (r.stdout ?? '').replace(/\{.*\}/, `{"ok":true,"data":[${'{},'.repeat(900_000)}{}]}`) }),
  NaN: (r) => ({ ...r, stdout: (r.stdout ?? '').replaceAll(/:[0-9.]+/g, ':NaN') }),
  'duplicate keys': (r) => ({ ...r, stdout: (r.stdout ?? '').replaceAll('{"', `{"ok":true,"ok":"\u001b[2J","`) }),
  'a hundred thousand sections': (r) => ({
    ...r,
    stdout: (r.stdout ?? '').replace(/\n(mcw-[0-9a-f]+) end/, (_, m) => `${`\n${m} x\n`.repeat(100_000)}\n${m} end`),
  }),
  'only newlines': (r) => ({ ...r, stdout: (r.stdout ?? '').replace(/(listeners|packages|units)\n/, `$1\n${'\n'.repeat(1_500_000)}`) }),
  'a code of ours': (r) => ({
    ...r,
    stdout: (r.stdout ?? '').replace(
      /(mcw-[0-9a-f]+)\{"ok":true.*/,
      '$1{"ok":false,"error":{"code":"bug","message":"\u001b[2J","details":{"found":["\u001b[2J"]}}}$1',
    ),
  }),
  'a reserved code': (r) => ({
    ...r,
    stdout: (r.stdout ?? '').replace(/(mcw-[0-9a-f]+)\{"ok":true.*/, '$1{"ok":false,"error":{"code":"constructor","message":"x","details":[]}}$1'),
  }),
  'lines of another tool': (r) => ({
    ...r,
    stdout: `${CANARY}\t\u001b[2J\t-1\t__proto__\n== __proto__\nInst -o;id (1\nid=\u001b[2J\nmark=../x\nleft=1e999\naside=;id\n${'\t\n'.repeat(100_000)}`,
  }),
};

/** Paths of all values in a piece of data. */
function pathsOf(data: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (data === null || typeof data !== 'object') return [at];
  return [at, ...Object.entries(data).flatMap(([key, value]) => pathsOf(value, [...at, key]))];
}

function replaced(data: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy: any = Array.isArray(data) ? [...data] : { ...(data as object) };
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

interface Forgery {
  readonly node: string;
  readonly what: string;
  readonly how: string;
  readonly forge: Forge;
}

const node = fc.constantFrom('main', 'web1', 'web1', 'cache1');

/** One value of one answer replaced; keys are replaced too. */
const byValue: fc.Arbitrary<Forgery> = fc
  .record({ node, survey: fc.boolean(), pick: fc.nat(), value: fc.constantFrom(...HOSTILE), asKey: fc.boolean() })
  .map(({ node, survey, pick, value, asKey }) => {
    const ops = Object.keys(OPS);
    const what = survey ? 'survey' : (ops[pick % ops.length] ?? 'inspect');
    const honest = survey ? { moodle: SURVEY, sections: sectionsOf(node) } : OPS[what];
    const paths = pathsOf(honest).filter((p) => !survey || p.length > 1);
    const path = paths[Math.floor(pick / 31) % paths.length] ?? [];
    const key = asKey && typeof value === 'string' && value.length < 200 ? value : null;
    const target = key === null ? path : [...path.slice(0, -1), key];
    const how = `${path.join('.')} ${key === null ? '=' : 'key'} ${JSON.stringify(value)?.slice(0, 60)}`;
    const own = key === null ? value : 'v';
    const text = survey && path[0] === 'sections' ? String(own) : own;
    return { node, what, how, forge: (printed, again) => (printed.what === what ? again(replaced(printed.data, target, text)) : printed.result) };
  });

/** The whole of what is printed spoilt, of one question or of all. */
const byText: fc.Arbitrary<Forgery> = fc
  .record({
    node,
    what: fc.constantFrom('survey', 'survey', '*', ...Object.keys(OPS), 'free-space', 'resolve', 'apply-simulate', 'cache-traces', 'site-record', 'lock-proof'),
    how: fc.constantFrom(...Object.keys(SPOIL)),
  })
  .map(({ node, what, how }) => ({
    node,
    what,
    how,
    forge: (printed) => (what === '*' || printed.what === what ? (SPOIL[how]?.(printed.result) ?? printed.result) : printed.result),
  }));

const RUN: Readonly<Record<string, (context: CommandContext) => Promise<CommandResult>>> = {
  plan: (c) => planCommand(c),
  advise: (c) => adviseCommand(c),
  verify: (c) => verifyCommand(c),
  status: (c) => statusCommand(c),
  backups: (c) => backupsCommand(c),
  unlock: (c) => unlockCommand(c, true),
  confirm: (c) => confirmCommand(c),
  revert: (c) => revertCommand(c),
  rollback: (c) => rollbackCommand(c, { to: null, mucOnly: false }),
  purge: (c) => purgeCommand(c),
  repair: (c) => repairCommand(c, { to: null, toDefault: false }),
  apply: (c) => applyCommand(c, { expected: null, allowIrreversible: false, resume: false, trial: { kind: 'none' } }),
};

export interface Outcome {
  readonly command: string;
  readonly forgery: string;
  readonly code: string;
  readonly wizardError: boolean;
  readonly stack?: string;
  readonly ms: number;
  /** Raw control bytes in what is shown. */
  readonly raw: boolean;
  /** Other nodes to which text of the forging node was handed on. */
  readonly leaked: readonly string[];
}

const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

async function attempt(command: string, { node: hostile, what, how, forge }: Forgery, stateDir: string): Promise<Outcome> {
  const cluster = toCluster(ANSWERS);
  const executors = new Map(cluster.nodes.map((n) => [n.name, cooperativeNode(n, n.name === hostile ? forge : undefined)]));
  const shown: string[] = [];
  const keep = (line: string) => void shown.push(line);
  const frontend = createHeadlessFrontend({ command, format: 'text', yes: true, allowIrreversible: false, verbose: true, out: keep, err: keep });
  const began = performance.now();
  let thrown: unknown = null;
  try {
    const session = await openSession({
      track: caches,
      cluster,
      answers: ANSWERS,
      secrets: { redisPassword: new Secret('redisPassword', 'geheim-geheim') },
      redactor: new Redactor(),
      open: async (n) => executors.get(n.name)!,
      templatesDir: 'templates',
      emit: frontend.emit,
      signal: new AbortController().signal,
    });
    let n = 0;
    const context: CommandContext = {
      session,
      frontend,
      handlers: HANDLERS,
      signal: new AbortController().signal,
      abort: new AbortController().signal,
      stateDir,
      by: 'root@main',
      version: '0',
      now: () => new Date(),
      random: () => String((n += 1)).padStart(6, '0'),
    };
    const result = await RUN[command]!(context);
    frontend.finish({ exitCode: result.exitCode, ...(result.data === undefined ? {} : { result: result.data }) });
    await session.close();
  } catch (error) {
    thrown = error;
    frontend.finish({ error, exitCode: asWizardError(error).exitCode });
  }
  // Main's own Moodle is handed on by design: what it says of the site is the site's.
  const others = hostile === 'main' ? [] : [...executors].filter(([name]) => name !== hostile);
  const leaked = others.filter(([, e]) => e.calls.some((c) => c.line.includes(CANARY) || c.stdin.includes(CANARY))).map(([name]) => name);
  const stack =
    thrown instanceof WizardError && thrown.code !== 'bug'
      ? undefined
      : (((thrown as Error | null)?.cause as Error | undefined) ?? (thrown as Error | null))?.stack;
  return {
    command,
    forgery: `${hostile} ${what}: ${how}`,
    code: thrown === null ? 'none' : thrown instanceof WizardError ? thrown.code : 'bug',
    wizardError: thrown === null || thrown instanceof WizardError,
    ...(stack === undefined ? {} : { stack }),
    ms: Math.round(performance.now() - began),
    raw: shown.some((line) => line.split('\n').some((l) => RAW.test(l))),
    leaked,
  };
}

const [seed = '1', runs = '200'] = process.argv.slice(2);
const stateDir = mkdtempSync(join(tmpdir(), 'mcw-forged-'));
const outcomes: Outcome[] = [];
const commands = Object.keys(RUN);
const honest: Forgery = { node: 'none', what: 'nothing', how: 'honest', forge: ({ result }) => result };
for (const command of commands) outcomes.push(await attempt(command, honest, stateDir));
const samples = fc.sample(fc.oneof({ weight: 2, arbitrary: byValue }, { weight: 1, arbitrary: byText }), { seed: Number(seed), numRuns: Number(runs) });
for (const [i, forgery] of samples.entries()) {
  // Every one through what looks and plans; the rest in turn.
  const rest = commands[i % commands.length] ?? 'apply';
  for (const command of new Set(['plan', rest])) outcomes.push(await attempt(command, forgery, stateDir));
}
rmSync(stateDir, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ outcomes, polluted: 'polluted' in {}, peak: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`);
process.exit(0);
