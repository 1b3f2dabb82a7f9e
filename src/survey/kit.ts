/** The kit: the scripts of templates/ that run on nodes, root-owned, under a name that tells their content. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import type { CmdResult, Executor, RunOptions } from '../exec/executor.js';
import { shellArgv } from '../exec/shell.js';
import { lastLines } from '../exec/sudo.js';
import { type TarEntry, tar } from './tar.js';

const KIT_ROOT = '/var/lib/moodle-cluster-wizard/kit';
const PARTS = ['bridge', 'measure', 'sh', 'survey', 'trial'] as const;
/** What enter.sh ends with when the kit must be installed first, or the token could not be put there. */
const NO_KIT = 44;
const NO_TOKEN = 45;

export interface Kit {
  /** First 12 hex digits of the sha256 of its list of hashes. */
  readonly hash: string;
  /** sha256 of SHA256SUMS. */
  readonly sums: string;
  readonly archive: Buffer;
  /** Where it lies on every node. */
  readonly dir: string;
  readonly enter: string;
  readonly install: string;
}

/** Reads the kit from the templates of this package. */
export function readKit(templatesDir: string): Kit {
  const files = PARTS.flatMap((part) =>
    filesBelow(join(templatesDir, part)).map((path) => ({ path: `${part}/${path}`, content: readFileSync(join(templatesDir, part, path)) })),
  );
  return buildKit(files);
}

/** A kit of these files. */
export function buildKit(files: readonly TarEntry[]): Kit {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const list = Buffer.from(sorted.map((f) => `${sha256(f.content)}  ${f.path}\n`).join(''));
  const sums = sha256(list);
  const text = (path: string): string => sorted.find((f) => f.path === path)?.content.toString('utf8') ?? '';
  return {
    hash: sums.slice(0, 12),
    sums,
    archive: tar([...sorted, { path: 'SHA256SUMS', content: list }]),
    dir: `${KIT_ROOT}/${sums.slice(0, 12)}`,
    enter: text('survey/enter.sh'),
    install: text('survey/install-kit.sh'),
  };
}

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('~'))
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** sha256 of a run's web token: all that a node ever keeps of it. */
export function webTokenHash(token: string): string {
  return sha256(token);
}

export interface EnterOptions {
  readonly token: string | null;
  /** Arguments of survey.sh, or `kit-only`. */
  readonly args: readonly string[];
  readonly stdin?: string;
}

/** One round trip when the kit is there; else it is installed and the same is asked again. @throws WizardError `change-failed` */
export async function enter(executor: Executor, kit: Kit, options: EnterOptions, run: RunOptions = {}, beforeAgain: () => void = () => {}): Promise<CmdResult> {
  const token = options.token === null ? '-' : webTokenHash(options.token);
  const cmd = {
    argv: shellArgv(kit.enter, 'mcw-survey', [kit.hash, kit.sums, token, ...options.args]),
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  };
  let result = await executor.run(cmd, { ...run, as: 'root' });
  if (result.code === NO_KIT) {
    await installKit(executor, kit);
    beforeAgain();
    result = await executor.run(cmd, { ...run, as: 'root' });
  }
  if (result.code === NO_KIT) throw kitTrouble(executor, kit, 'it is not as it was installed: somebody changes it');
  if (result.code === NO_TOKEN) throw kitTrouble(executor, kit, 'the token of this run could not be put beside it', result);
  return result;
}

async function installKit(executor: Executor, kit: Kit): Promise<void> {
  const result = await executor.run({ argv: shellArgv(kit.install, 'mcw-install-kit', [kit.hash, kit.sums]), stdin: kit.archive }, { as: 'root' });
  if (result.code !== 0) throw kitTrouble(executor, kit, lastLines(result.stderr).at(-1) ?? `exit code ${result.code}`, result);
}

function kitTrouble(executor: Executor, kit: Kit, why: string, result?: CmdResult): WizardError {
  const { name } = executor.node;
  return new WizardError('change-failed', `The wizard's own scripts could not be put on ${name} (${kit.dir}): ${why}.`, {
    nodes: [name],
    evidence: result === undefined ? [] : lastLines(result.stderr),
    remedies: [remedy`Look at it there: ${sh`ls -ld /var/lib/moodle-cluster-wizard ${KIT_ROOT} ${kit.dir}; df /var/lib`}`],
  });
}

/**
 * Installs the kit where it is missing or not whole: `bridge/`, `survey/` and `sh/`, root-owned.
 * @returns its folder on the node
 * @throws WizardError `change-failed`
 */
export async function ensureKit(executor: Executor, options: { readonly templatesDir: string; readonly kit?: Kit }): Promise<string> {
  const kit = options.kit ?? readKit(options.templatesDir);
  await enter(executor, kit, { token: null, args: ['kit-only'] });
  return kit.dir;
}

/** Lets the web probe answer this run: only the token's hash reaches the node. The survey does the same on its way. @throws WizardError `change-failed` */
export async function installWebToken(executor: Executor, token: string, options: { readonly templatesDir: string; readonly kit?: Kit }): Promise<void> {
  await enter(executor, options.kit ?? readKit(options.templatesDir), { token, args: ['kit-only'] });
}

/** Takes the token's hash away again. */
export async function removeWebToken(executor: Executor, token: string): Promise<void> {
  await executor.run(
    { argv: ['rm', '-f', '--', `/var/lib/moodle-cluster-wizard/run/web-token-${webTokenHash(token).slice(0, 12)}`] },
    { as: 'root', timeoutMs: 15_000 },
  );
}
