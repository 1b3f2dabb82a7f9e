/** The node toolkit: the scripts of templates/ that run on nodes, root-owned, in a folder named after their content. */

import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { WizardError } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import type { CmdResult, Executor, RunOptions } from '../exec/executor.js';
import { shellArgv } from '../exec/shell.js';
import { lastLines } from '../exec/sudo.js';
import { packageFilesBelow, readPackageFile } from '../local/package-files.js';
import { type TarEntry, tar } from './tar.js';

const TOOLKIT_ROOT = '/var/lib/moodle-cluster-wizard/kit';
const PARTS = ['bridge', 'measure', 'sh', 'survey', 'trial'] as const;
/** Exit codes of bootstrap.sh: the toolkit must be installed first; the web token could not be stored. */
const NO_TOOLKIT = 44;
const NO_TOKEN = 45;

export interface Toolkit {
  /** First 12 hex digits of the sha256 of its list of hashes. */
  readonly hash: string;
  /** sha256 of SHA256SUMS. */
  readonly sums: string;
  readonly archive: Buffer;
  /** Its folder, the same on every node. */
  readonly dir: string;
  readonly bootstrap: string;
  readonly install: string;
}

/** Reads the toolkit from the templates of this package. */
export function readToolkit(templatesDir: string): Toolkit {
  const files = PARTS.flatMap((part) =>
    filesBelow(join(templatesDir, part)).map((path) => ({ path: `${part}/${path}`, content: readPackageFile(join(templatesDir, part, path)) })),
  );
  return buildToolkit(files);
}

/** A toolkit of these files. */
export function buildToolkit(files: readonly TarEntry[]): Toolkit {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const list = Buffer.from(sorted.map((f) => `${sha256(f.content)}  ${f.path}\n`).join(''));
  const sums = sha256(list);
  const text = (path: string): string => sorted.find((f) => f.path === path)?.content.toString('utf8') ?? '';
  return {
    hash: sums.slice(0, 12),
    sums,
    archive: tar([...sorted, { path: 'SHA256SUMS', content: list }]),
    dir: `${TOOLKIT_ROOT}/${sums.slice(0, 12)}`,
    bootstrap: text('survey/bootstrap.sh'),
    install: text('survey/install-toolkit.sh'),
  };
}

function filesBelow(dir: string): readonly string[] {
  return packageFilesBelow(dir).filter((path) => !basename(path).startsWith('.') && !path.endsWith('~'));
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** sha256 of a run's web token: a node never stores more of it. */
export function webTokenHash(token: string): string {
  return sha256(token);
}

export interface BootstrapOptions {
  readonly token: string | null;
  /** Arguments of survey.sh, or `toolkit-only`. */
  readonly args: readonly string[];
  readonly stdin?: string;
}

/**
 * Runs survey.sh of the installed toolkit: one round trip. Where the toolkit is missing or damaged it is installed, then the same is run again.
 * @throws WizardError `change-failed`
 */
export async function bootstrap(
  executor: Executor,
  toolkit: Toolkit,
  options: BootstrapOptions,
  run: RunOptions = {},
  beforeAgain: () => void = () => {},
): Promise<CmdResult> {
  const token = options.token === null ? '-' : webTokenHash(options.token);
  const cmd = {
    argv: shellArgv(toolkit.bootstrap, 'mcw-survey', [toolkit.hash, toolkit.sums, token, ...options.args]),
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  };
  let result = await executor.run(cmd, { ...run, as: 'root' });
  if (result.code === NO_TOOLKIT) {
    await installToolkit(executor, toolkit);
    beforeAgain();
    result = await executor.run(cmd, { ...run, as: 'root' });
  }
  if (result.code === NO_TOOLKIT) throw toolkitError(executor, toolkit, 'it was changed after it was installed');
  if (result.code === NO_TOKEN) throw toolkitError(executor, toolkit, 'the token of this run could not be stored', result);
  return result;
}

async function installToolkit(executor: Executor, toolkit: Toolkit): Promise<void> {
  const argv = shellArgv(toolkit.install, 'mcw-install-toolkit', [toolkit.hash, toolkit.sums]);
  const result = await executor.run({ argv, stdin: toolkit.archive }, { as: 'root' });
  if (result.code !== 0) throw toolkitError(executor, toolkit, lastLines(result.stderr).at(-1) ?? `exit code ${result.code}`, result);
}

function toolkitError(executor: Executor, toolkit: Toolkit, why: string, result?: CmdResult): WizardError {
  const { name } = executor.node;
  return new WizardError('change-failed', `Cannot install the node toolkit on ${name} (${toolkit.dir}): ${why}.`, {
    nodes: [name],
    evidence: result === undefined ? [] : lastLines(result.stderr),
    remedies: [remedy`On ${name}, check owner, mode and free space: ${sh`ls -ld /var/lib/moodle-cluster-wizard ${TOOLKIT_ROOT} ${toolkit.dir}; df /var/lib`}`],
  });
}

/**
 * Installs the toolkit where it is missing or damaged: `bridge/`, `measure/`, `sh/`, `survey/` and `trial/`, root-owned.
 * @returns its folder on the node
 * @throws WizardError `change-failed`
 */
export async function ensureToolkit(executor: Executor, options: { readonly templatesDir: string; readonly toolkit?: Toolkit }): Promise<string> {
  const toolkit = options.toolkit ?? readToolkit(options.templatesDir);
  await bootstrap(executor, toolkit, { token: null, args: ['toolkit-only'] });
  return toolkit.dir;
}

/** Lets the web probe answer this run: only the token's hash reaches the node. The survey does the same. @throws WizardError `change-failed` */
export async function installWebToken(
  executor: Executor,
  token: string,
  options: { readonly templatesDir: string; readonly toolkit?: Toolkit },
): Promise<void> {
  await bootstrap(executor, options.toolkit ?? readToolkit(options.templatesDir), { token, args: ['toolkit-only'] });
}

/** Removes the token's hash. */
export async function removeWebToken(executor: Executor, token: string): Promise<void> {
  await executor.run(
    { argv: ['rm', '-f', '--', `/var/lib/moodle-cluster-wizard/run/web-token-${webTokenHash(token).slice(0, 12)}`] },
    { as: 'root', timeoutMs: 15_000 },
  );
}
