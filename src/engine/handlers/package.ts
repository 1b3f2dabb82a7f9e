/** Packages: simulated, judged, installed apart from the connection; and only what was new is removed again. */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, ChangeOf } from '../../core/change.js';
import { isLost, WizardError } from '../../core/errors.js';
import { monotonicMs } from '../../core/monotonic.js';
import type { UndoData } from '../../core/record.js';
import { remedy, sh } from '../../core/remedy.js';
import { OUTPUT } from '../../exec/limits.js';
import { restartsByItself } from '../../platform/index.js';
import { describeTransaction, judgeTransaction, parseTransaction, simulateArgv, type Transaction } from '../../platform/transaction.js';
import type { PackageManager } from '../../platform/types.js';
import type { ApplyContext, ChangeHandler } from '../handler.js';
import { JOBS } from '../run/jobs.js';

type PackageChange = ChangeOf<'package'>;

const INSTALL_MS = 900_000;
const ASK_MS = 180_000;
/** Exit code of apply-job.sh for a job that vanished. */
const VANISHED = 75;

function managerOf(context: ApplyContext, node: string): PackageManager {
  const manager = context.facts.nodes[node]?.packageManager;
  if (manager) return manager;
  throw new WizardError('platform-refused', `${node}: neither apt nor dnf was found.`, { nodes: [node] });
}

const tail = (text: string, lines = 8) => text.slice(-32_768).trim().split('\n').slice(-lines);

/** Packages of these that are installed, and those of which only configuration is left. */
async function installedOf(context: ApplyContext, node: string, names: readonly string[]): Promise<{ installed: Set<string>; configOnly: Set<string> }> {
  const executor = context.executor(node);
  if (managerOf(context, node) === 'dnf') {
    const result = await executor.run({ argv: ['rpm', '-q', '--qf', '%{NAME}\\n', ...names] });
    return { installed: new Set(result.stdout.split('\n').filter((l) => names.includes(l))), configOnly: new Set() };
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const result = await executor.run({ argv: ['dpkg-query', '-W', '-f=${db:Status-Abbrev} ${Package}\\n', ...names] });
  const of = (pattern: RegExp) => new Set(result.stdout.split('\n').flatMap((l) => pattern.exec(l)?.[1] ?? []));
  return { installed: of(/^.i\S* +(\S+)/), configOnly: of(/^.c\S* +(\S+)/) };
}

async function simulate(context: ApplyContext, change: PackageChange, manager: PackageManager): Promise<Transaction> {
  const result = await context.executor(change.node).run({ argv: simulateArgv(manager, 'install', change.packages) }, { as: 'root', timeoutMs: ASK_MS });
  const transaction = parseTransaction(manager, `${result.stdout}\n${result.stderr}`);
  // dnf ends with 1 when asked to assume no; apt only when it cannot.
  if (manager === 'apt' && result.code !== 0 && transaction.missing.length === 0) {
    throw new WizardError('package-refused', `${change.node}: apt cannot install ${change.packages.join(', ')}.`, {
      nodes: [change.node],
      evidence: tail(`${result.stdout}\n${result.stderr}`, 12),
      remedies: [remedy`Run "${sh`apt-get -s install ${change.packages}`}" on ${change.node} and fix what it reports.`],
    });
  }
  return transaction;
}

/** What would happen, after asking the package source once more when a package is not known. @throws WizardError `package-missing`, `package-refused` */
async function judgedTransaction(context: ApplyContext, change: PackageChange): Promise<Transaction> {
  const { node } = change;
  const manager = managerOf(context, node);
  let transaction = await simulate(context, change, manager);
  if (transaction.missing.length > 0 && manager === 'apt') {
    await context.executor(node).run({ argv: ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120', 'update'] }, { as: 'root', timeoutMs: ASK_MS });
    transaction = await simulate(context, change, manager);
  }
  if (transaction.missing.length > 0) {
    throw new WizardError('package-missing', `${node}: ${manager} has no package ${transaction.missing.join(', ')}.`, {
      nodes: [node],
      remedies: [remedy`Check the package sources of this node; for PHP, the one that its PHP came from.`],
    });
  }
  const problems = judgeTransaction(transaction, { phpVersion: change.phpVersion, allowPhpUpgrade: context.answers?.modules?.allowPhpUpgrade === true });
  if (problems.length === 0) return transaction;
  throw new WizardError('package-refused', `${node}: ${change.packages.join(', ')} is not installed, because ${problems.join('; ')}.`, {
    nodes: [node],
    evidence: describeTransaction(transaction),
    remedies: [remedy`Update the node first. Or, if only an upgrade of this PHP blocks the installation, set "modules: {allowPhpUpgrade: true}".`],
  });
}

/** One job a change and run, so that a resumed run finds it again. */
function jobId(context: ApplyContext, change: Change, what: string): string {
  return createHash('sha256').update(`${context.restorePoint}\n${change.id}\n${what}`).digest('hex').slice(0, 16);
}

/** A link that is back within this time is taken up again; the job continues all the while. */
const REJOIN_MS = 300_000;
const REJOIN_PAUSE_MS = 5_000;

/** Runs a job and, when the link is lost, joins it as soon as the node can be reached again. @throws WizardError `link-lost` when it cannot */
async function job(context: ApplyContext, change: PackageChange, what: string, words: readonly string[]) {
  let until: number | null = null;
  for (;;) {
    try {
      return await jobOnce(context, change, what, words);
    } catch (thrown) {
      // A job that prints without end would only do it again.
      if (!(thrown instanceof WizardError && isLost(thrown)) || thrown.code === 'output-limit' || context.signal.aborted) throw thrown;
      const now = monotonicMs();
      if (until === null) {
        until = now + REJOIN_MS;
        context.emit({
          type: 'notice',
          level: 'warning',
          node: change.node,
          message: `The link to ${change.node} is lost. The job there continues; reconnecting.`,
        });
      }
      if (now > until) throw thrown;
      await sleep(REJOIN_PAUSE_MS, undefined, { signal: context.signal }).catch(() => {});
    }
  }
}

/** Runs a script of the node toolkit as a job that a lost link does not end, or joins it where it runs already. */
async function jobOnce(context: ApplyContext, change: PackageChange, what: string, words: readonly string[]) {
  const argv = ['sh', `${context.toolkitDir}/sh/apply-job.sh`, JOBS, jobId(context, change, what), ...words];
  const onLine = (line: string) => {
    // dpkg counts its database up in one long line.
    if (line.trim() !== '' && !line.startsWith('(Reading database')) context.emit({ type: 'output', node: change.node, change: change.id, line });
  };
  return context.executor(change.node).run({ argv }, { as: 'root', timeoutMs: INSTALL_MS, maxBytes: OUTPUT.large, signal: context.signal, onLine });
}

/** Waits for an install that an earlier, cut off attempt of this run has begun. */
async function joinEarlier(context: ApplyContext, change: PackageChange): Promise<void> {
  const id = jobId(context, change, 'install');
  const executor = context.executor(change.node);
  const there = await executor.run({ argv: ['test', '-d', `${JOBS}/${id}`] }, { as: 'root' });
  if (there.code === 0) await job(context, change, 'install', ['true']);
}

/** What `capture` of the same run has just learned: asking the package manager twice takes seconds. `--no-remove` guards what may change meanwhile. */
const judged = new WeakMap<ApplyContext, Map<string, Transaction>>();

async function apply(context: ApplyContext, change: PackageChange): Promise<string> {
  const { node } = change;
  const manager = managerOf(context, node);
  const transaction = judged.get(context)?.get(change.id) ?? (await judgedTransaction(context, change));
  judged.get(context)?.delete(change.id);
  for (const line of describeTransaction(transaction)) context.emit({ type: 'output', node, change: change.id, line });
  const units = change.keepStopped?.length ? change.keepStopped.join(',') : '-';
  const result = await job(context, change, 'install', ['sh', `${context.toolkitDir}/sh/apply-install.sh`, manager, units, ...change.packages]);
  const missing = [...change.packages];
  const { installed } = await installedOf(context, node, change.packages);
  const left = missing.filter((name) => !installed.has(name));
  if (result.code === 0 && left.length === 0) return `installed ${transaction.installs.map((p) => `${p.name} ${p.version}`).join(', ')}`;
  if (result.code === VANISHED) {
    throw new WizardError('outcome-unknown', `${node}: the installation of ${change.packages.join(', ')} ended without a result.`, {
      nodes: [node],
      remedies: [remedy`Run "dpkg --audit" on ${node}, then run this again.`],
    });
  }
  throw new WizardError('change-failed', `${node}: installing ${change.packages.join(', ')} failed.`, {
    nodes: [node],
    evidence: tail(`${result.stdout}\n${result.stderr}`),
    remedies: [remedy`Check what ${manager} reports on ${node}, fix it, and run this again.`],
  });
}

/** Default units that somebody has put to use meanwhile: their package stays. */
async function unitsInUse(context: ApplyContext, change: PackageChange): Promise<readonly string[]> {
  const used: string[] = [];
  for (const unit of change.keepStopped ?? []) {
    const result = await context.executor(change.node).run({ argv: ['systemctl', 'is-active', '--quiet', unit] }, { as: 'root' });
    if (result.code === 0) used.push(unit);
  }
  return used;
}

/** Which of these can go without taking anything else along. */
async function removable(context: ApplyContext, change: PackageChange, names: readonly string[]): Promise<readonly string[]> {
  const manager = managerOf(context, change.node);
  let left = names;
  while (left.length > 0) {
    const result = await context.executor(change.node).run({ argv: simulateArgv(manager, 'remove', left) }, { as: 'root', timeoutMs: ASK_MS });
    const { removals, installs, upgrades } = parseTransaction(manager, `${result.stdout}\n${result.stderr}`);
    if (removals.every((r) => left.includes(r)) && installs.length === 0 && upgrades.length === 0) return left;
    // Something else needs one of them: try without each in turn.
    const kept = await firstNeeded(context, change, manager, left);
    context.emit({ type: 'notice', level: 'info', node: change.node, message: `${kept}: still installed, because other packages need it now.` });
    left = left.filter((n) => n !== kept);
  }
  return left;
}

async function firstNeeded(context: ApplyContext, change: PackageChange, manager: PackageManager, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const result = await context.executor(change.node).run({ argv: simulateArgv(manager, 'remove', [name]) }, { as: 'root', timeoutMs: ASK_MS });
    const { removals, installs } = parseTransaction(manager, `${result.stdout}\n${result.stderr}`);
    if (installs.length > 0 || removals.some((r) => !names.includes(r))) return name;
  }
  return names[0] ?? '';
}

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []);

async function undo(context: ApplyContext, change: PackageChange, data: UndoData): Promise<void> {
  const { node } = change;
  const manager = managerOf(context, node);
  const added = strings(data?.added);
  const hadConfig = strings(data?.hadConfig);
  if (added.length === 0) return;
  const { installed } = await installedOf(context, node, added);
  const used = await unitsInUse(context, change);
  if (used.length > 0) {
    context.emit({ type: 'notice', level: 'warning', node, message: `${used.join(', ')} is running, so ${change.packages.join(', ')} stays installed.` });
    return;
  }
  const names = await removable(
    context,
    change,
    added.filter((n) => installed.has(n)),
  );
  // What the package brought goes too; configuration left over from an earlier installation stays.
  for (const [verb, list] of [
    ['purge', names.filter((n) => !hadConfig.includes(n))],
    ['remove', names.filter((n) => hadConfig.includes(n))],
  ] as const) {
    if (list.length === 0) continue;
    const result = await job(context, change, verb, ['sh', `${context.toolkitDir}/sh/apply-remove.sh`, manager, verb, ...list]);
    if (result.code === 0) continue;
    throw new WizardError('change-failed', `${node}: removing ${list.join(', ')} failed.`, {
      nodes: [node],
      evidence: tail(`${result.stdout}\n${result.stderr}`),
    });
  }
  await restartPhp(context, change);
}

/** Where packages do not restart PHP by themselves, it would keep running with an extension that has been removed. */
async function restartPhp(context: ApplyContext, change: PackageChange): Promise<void> {
  const facts = context.facts.nodes[change.node];
  const unit = facts?.sitePool === null || facts?.sitePool === undefined ? undefined : facts.pools[facts.sitePool]?.unit;
  if (change.phpVersion === undefined || !facts || restartsByItself(facts.os) || unit === undefined) return;
  await context.executor(change.node).run({ argv: ['systemctl', 'try-restart', unit] }, { as: 'root' });
}

export const packageHandler: ChangeHandler<'package'> = {
  kind: 'package',
  async inspect(context, change) {
    await joinEarlier(context, change);
    const { installed } = await installedOf(context, change.node, change.packages);
    return change.packages.every((name) => installed.has(name)) ? 'after' : 'before';
  },
  async capture(context, change) {
    const transaction = await judgedTransaction(context, change);
    judged.set(context, (judged.get(context) ?? new Map()).set(change.id, transaction));
    const added = transaction.installs.map((p) => p.name);
    const { configOnly } = await installedOf(context, change.node, added);
    return { added, hadConfig: added.filter((n) => configOnly.has(n)) };
  },
  apply,
  undo,
};
