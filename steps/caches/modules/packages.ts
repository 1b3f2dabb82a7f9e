/** The packages that give a node its missing extensions, chosen by name and by the package manager's own simulation. Pure. */

import { rpmNames } from '../../../src/caches/plugins/catalog.js';
import { CACHE_STEP } from '../../../src/caches/steps.js';
import { WizardError } from '../../../src/core/errors.js';
import { remedy, sh } from '../../../src/core/remedy.js';
import { phpPackages } from '../../../src/platform/index.js';
import { simulated } from '../../../src/platform/simulate.js';
import { describeTransaction, judgeTransaction, type Transaction } from '../../../src/platform/transaction.js';
import type { PlanInput } from '../../../src/track/step.js';
import { lacking, type NodeExtensions } from './needs.js';

const step = CACHE_STEP.modules;

export interface PackageChoice {
  readonly extension: string;
  readonly name: string;
  /** Null when it was not simulated yet; the handler does so before it installs. */
  readonly transaction: Transaction | null;
}

export interface NodePackages {
  readonly choices: readonly PackageChoice[];
  /** Extensions whose package is there, but which PHP does not load. */
  readonly notEnabled: readonly { readonly extension: string; readonly name: string; readonly where: readonly ('web' | 'cli')[] }[];
  readonly refusals: readonly WizardError[];
}

function candidates(node: NodeExtensions, extension: string): readonly string[] {
  const pool = node.pool ?? (node.phpVersion === null ? null : { version: node.phpVersion, unit: '' });
  return pool === null ? [] : phpPackages(node.facts, pool, extension, rpmNames(extension));
}

function choose(input: PlanInput, node: NodeExtensions, extension: string): PackageChoice | WizardError {
  const manager = node.facts.packageManager;
  const names = candidates(node, extension);
  const [first] = names;
  const about = { nodes: [node.node], step };
  if (manager === null || first === undefined) {
    return new WizardError('platform-refused', `${node.node}: the wizard cannot install the PHP extension ${extension} on ${node.facts.os.name}.`, {
      ...about,
      remedies: [remedy`Install ${extension} for PHP ${node.phpVersion ?? ''} by hand, then set "modules: {install: check}".`],
    });
  }
  const rules = { phpVersion: node.phpVersion ?? undefined, allowPhpUpgrade: input.answers.modules?.allowPhpUpgrade === true };
  const tried = names.flatMap((name) => {
    const transaction = simulated(node.facts.simulations, manager, name);
    return transaction === null ? [] : [{ name, transaction, problems: judgeTransaction(transaction, rules) }];
  });
  if (tried.length === 0) return { extension, name: first, transaction: null };
  const good = tried.find((t) => t.transaction.missing.length === 0 && t.transaction.installs.length > 0 && t.problems.length === 0);
  if (good) return { extension, name: good.name, transaction: good.transaction };
  const refused = tried.find((t) => t.problems.length > 0);
  if (!refused) {
    return new WizardError(
      'package-missing',
      `${node.node}: no package provides the extension ${extension} for PHP ${node.phpVersion} (tried: ${names.join(', ')}).`,
      {
        ...about,
        remedies:
          manager === 'apt'
            ? [
                remedy`Check what ${node.node} offers: ${sh`apt-cache policy ${first}`}`,
                remedy`Update its package lists, on ${node.node}: sudo apt-get update`,
                remedy`Or add the package source that its PHP came from.`,
              ]
            : [remedy`Check what ${node.node} offers: ${sh`dnf list --all ${first}`}`, remedy`Or add the package source that its PHP came from.`],
      },
    );
  }
  return new WizardError('package-refused', `${node.node}: ${refused.name} is not installed, because ${refused.problems.join('; ')}.`, {
    ...about,
    evidence: describeTransaction(refused.transaction),
    remedies: [remedy`Update PHP on this node first, one node at a time. Or set "modules: {allowPhpUpgrade: true}" to allow the upgrade.`],
  });
}

/** What a node needs installed, what is only switched off, and what is refused. */
export function nodePackages(input: PlanInput, node: NodeExtensions): NodePackages {
  const choices: PackageChoice[] = [];
  const notEnabled: { extension: string; name: string; where: ('web' | 'cli')[] }[] = [];
  const refusals: WizardError[] = [];
  for (const extension of lacking(node)) {
    const name = candidates(node, extension).find((p) => node.facts.packages[p] !== undefined);
    const state = node.states.find((s) => s.extension === extension);
    if (name !== undefined) {
      notEnabled.push({ extension, name, where: [...(state?.web === false ? ['web' as const] : []), ...(state?.cli === false ? ['cli' as const] : [])] });
      continue;
    }
    const choice = choose(input, node, extension);
    if (choice instanceof WizardError) refusals.push(choice);
    else choices.push(choice);
  }
  return { choices, notEnabled, refusals };
}

/** The package to simulate next for each missing extension: the first name not asked yet, while no name asked before will do. One costs seconds. */
export function simulationCandidates(input: PlanInput, node: NodeExtensions): readonly string[] {
  return lacking(node).flatMap((extension) => {
    const names = candidates(node, extension);
    if (names.some((p) => node.facts.packages[p] !== undefined)) return [];
    const choice = choose(input, node, extension);
    const settled = !(choice instanceof WizardError) && choice.transaction !== null;
    const next = names.find((p) => node.facts.simulations?.[p] === undefined);
    return settled || next === undefined ? [] : [next];
  });
}
