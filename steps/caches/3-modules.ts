/** Step 3 of the guide: the PHP modules that cache stores need, on every Moodle node, for the PHP that serves the site. */

import { CACHE_STEP } from '../../src/caches/steps.js';
import type { Change, Finding } from '../../src/core/change.js';
import type { Check } from '../../src/core/check.js';
import { WizardError } from '../../src/core/errors.js';
import { allOf, asRemedy, joined, NOTHING, part, piece, type Remedy, recipe, remedy, sh } from '../../src/core/remedy.js';
import { webProbe } from '../../src/moodle/web-probe/index.js';
import { restartsByItself } from '../../src/platform/index.js';
import { renderTemplate } from '../../src/platform/templates.js';
import type { PlanInput, Step, StepPlan } from '../../src/track/step.js';
import { lacking, type NodeExtensions, neededExtensions, nodeExtensions, usedPlugins } from './modules/needs.js';
import { type NodePackages, nodePackages, simulationCandidates } from './modules/packages.js';
import { titleOf } from './titles.js';

export { neededExtensions, usedPlugins } from './modules/needs.js';

const STEP = CACHE_STEP.modules;

type InstallMode = 'install' | 'check' | 'print';

function modeOf(input: PlanInput): InstallMode {
  const answer = input.answers.modules?.install ?? true;
  return answer === true ? 'install' : answer === 'print' ? 'print' : 'check';
}

/** Packages whose simulation the plan would like to have, by node: for `simulatePackages`, into `NodeFacts.simulations`. */
export function packagesToSimulate(input: PlanInput): Readonly<Record<string, readonly string[]>> {
  const nodes = nodeExtensions(input, neededExtensions(usedPlugins(input)));
  return Object.fromEntries(nodes.map((n) => [n.node, simulationCandidates(input, n)] as const).filter(([, names]) => names.length > 0));
}

function interruption(node: NodeExtensions): { readonly risk: 'interrupts'; readonly riskText: Remedy } | { readonly risk: 'low' } {
  const { pool, facts } = node;
  if (!node.servesPages || !pool) return { risk: 'low' };
  const grace = webProbe(pool).graceSeconds(pool) ?? 0;
  const wait = grace > 0 ? piece`requests in flight have ${grace} s to end` : piece`requests in flight fail`;
  const pools = facts.pools.filter((p) => p.unit === pool.unit && p.name !== pool.name).map((p) => p.name);
  const others = [
    ...(pools.length === 0 ? [] : [remedy`the pools ${pools} too`]),
    ...(facts.otherSites.length === 0 ? [] : [remedy`other sites on this node: ${facts.otherSites}`]),
  ];
  return {
    risk: 'interrupts',
    riskText: remedy`Restart of ${pool.unit}: ${wait}, APCu and OPcache start empty${others.length === 0 ? '' : piece`; ${part(joined(others, '; '))}`}.`,
  };
}

function base(node: NodeExtensions, kind: string, target: string) {
  return { id: `${kind}:${node.node}:${target}`, node: node.node, step: STEP, lane: 'serial', notifies: [] } as const;
}

/** Package, restart where the package does not do it, and a gate; the next node begins after the gate of this one. */
function nodeChanges(node: NodeExtensions, packages: NodePackages, after: readonly string[]): readonly Change[] {
  if (packages.choices.length === 0) return [];
  const names = packages.choices.map((c) => c.name);
  const brought = [...new Set(packages.choices.flatMap((c) => c.transaction?.installs.map((p) => `${p.name} ${p.version}`) ?? []))];
  const install: Change = {
    ...base(node, 'package', names.join('+')),
    ...interruption(node),
    kind: 'package',
    what: `Install ${names.join(', ')}`,
    why: `PHP ${node.phpVersion} of this site lacks ${packages.choices.map((c) => c.extension).join(', ')}.${brought.length === 0 ? '' : ` The package manager would install: ${brought.join(', ')}.`}`,
    after,
    undo: remedy`The installed packages are removed, unless other packages need them by then. PHP restarts once more.`,
    packages: names,
    ...(node.phpVersion === null ? {} : { phpVersion: node.phpVersion }),
  };
  const restart: readonly Change[] =
    node.servesPages && node.pool && !restartsByItself(node.facts.os)
      ? [
          {
            ...base(node, 'unit', node.pool.unit),
            ...interruption(node),
            kind: 'unit',
            what: `Restart ${node.pool.unit}`,
            why: 'PHP loads extensions only when it starts.',
            after: [install.id],
            undo: remedy`It is restarted again.`,
            unit: node.pool.unit,
            action: 'restart',
            enable: false,
          },
        ]
      : [];
  const extensions = packages.choices.map((c) => c.extension);
  const gate: Change = {
    ...base(node, 'php-ready', extensions.join('+')),
    kind: 'php-ready',
    what: `Check that ${extensions.join(', ')} ${extensions.length === 1 ? 'is' : 'are'} loaded ${node.servesPages ? 'in the web SAPI and in CLI' : 'in CLI'}`,
    why: 'The PHP of pages and the PHP of the command line have separate configurations.',
    after: [install.id, ...restart.map((c) => c.id)],
    risk: 'gate',
    undo: remedy`Nothing to undo.`,
    extensions,
  };
  return [install, ...restart, gate];
}

function where(node: NodeExtensions, extension: string): string {
  const state = node.states.find((s) => s.extension === extension);
  const word = (loaded: boolean | null | undefined) => (loaded === null || loaded === undefined ? 'not asked' : loaded ? 'loaded' : 'missing');
  const web = node.servesPages ? `web SAPI ${word(state?.web)}, ` : '';
  return `${extension}: ${web}CLI ${word(state?.cli)}`;
}

function nodeFinding(node: NodeExtensions, mode: InstallMode, packages: NodePackages): Finding {
  const unknown = node.states.some((s) => s.cli === null || (node.servesPages && s.web === null));
  const missing = lacking(node).length > 0;
  const names = packages.choices.map((c) => c.name);
  const install = names.length === 0 ? NOTHING : mode === 'install' ? remedy`The wizard installs ${names}.` : remedy`Install ${names}.`;
  const ask = unknown ? remedy`Cannot query PHP${node.pool?.probeError === undefined ? '' : piece`: ${part(asRemedy(node.pool.probeError))}`}.` : NOTHING;
  const off = joined(packages.notEnabled.map((n) => enableRemedy(node, n)));
  return {
    id: `modules:${node.node}`,
    node: node.node,
    subject: `PHP ${node.phpVersion ?? '(none found)'} extensions`,
    is: node.states.map((s) => where(node, s.extension)).join('; '),
    mustBe: `${node.states.map((s) => s.extension).join(', ')} loaded${node.servesPages ? ' in web SAPI and CLI' : ' in CLI'}`,
    todo: joined([install, off, ask]),
    level: missing ? (mode === 'install' && packages.notEnabled.length === 0 ? 'note' : 'blocks') : unknown ? 'warning' : 'ok',
  };
}

function enableRemedy(node: NodeExtensions, entry: NodePackages['notEnabled'][number]): Remedy {
  const sapis = entry.where.map((w) => (w === 'cli' || node.pool === null ? 'cli' : webProbe(node.pool).iniSapi));
  if (node.facts.os.family !== 'debian')
    return remedy`The package ${entry.name} is installed but not loaded: check its ini below ${node.pool?.web?.scanDir ?? '/etc/php.d'}, then restart ${node.pool?.unit ?? 'PHP'}.`;
  const commands = [
    ...sapis.map((s) => sh`phpenmod -v ${node.phpVersion} -s ${s} ${entry.extension}`),
    ...(entry.where.includes('web') ? [sh`systemctl restart ${node.pool?.unit}`] : []),
  ];
  return remedy`The package ${entry.name} is installed but disabled: ${allOf(commands)}`;
}

function enableRefusals(node: NodeExtensions, packages: NodePackages): readonly WizardError[] {
  return packages.notEnabled.map(
    (entry) =>
      new WizardError(
        'store-unavailable',
        `${node.node}: the PHP extension ${entry.extension} is installed, but not loaded ${entry.where.map((w) => (w === 'web' ? 'in the web SAPI' : 'in CLI')).join(' and ')}.`,
        {
          nodes: [node.node],
          step: STEP,
          remedies: [enableRemedy(node, entry)],
        },
      ),
  );
}

type Work = readonly { readonly node: NodeExtensions; readonly packages: NodePackages }[];

/** `check` and `print`: others install, so what is missing stops here, before Moodle is touched. */
function missingRefusals(work: Work, mode: InstallMode): readonly WizardError[] {
  return work
    .filter(({ packages }) => packages.choices.length > 0)
    .map(({ node, packages }) => {
      const advice =
        mode === 'print'
          ? remedy`Run the recipe printed with this plan, then run this again.`
          : remedy`Install ${packages.choices.map((c) => c.name)}, or set "modules: {install: true}".`;
      const what = packages.choices.map((c) => c.extension).join(', ');
      return new WizardError('store-unavailable', `${node.node}: PHP ${node.phpVersion} lacks ${what}, and the answers forbid installing it.`, {
        nodes: [node.node],
        step: STEP,
        remedies: [advice],
      });
    });
}

/** One recipe for each set of packages, for all nodes that need just these. */
function recipes(work: Work): readonly Finding[] {
  const groups = new Map<string, Work[number][]>();
  for (const entry of work.filter((w) => w.packages.choices.length > 0)) {
    const key = entry.packages.choices.map((c) => c.name).join(', ');
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups].map(([packages, entries]) => {
    const apt = entries[0]?.node.facts.packageManager !== 'dnf';
    const names = packages.split(', ');
    const command = apt
      ? sh`apt-get install --no-install-recommends ${names}`
      : sh`dnf install ${names} && systemctl restart ${entries[0]?.node.pool?.unit ?? 'php-fpm'}`;
    const todo = recipe((values) => renderTemplate('modules/recipe.yml', values), {
      phpVersion: entries[0]?.node.phpVersion ?? '',
      nodes: entries.map((e) => e.node.node),
      module: apt ? 'apt' : 'dnf',
      packages: names,
      command,
    });
    return {
      id: `modules:recipe:${packages}`,
      node: '*',
      subject: 'Recipe for PHP extensions',
      is: 'missing',
      mustBe: 'installed by your own tools',
      todo,
      level: 'blocks',
    };
  });
}

function plan(input: PlanInput): StepPlan {
  const extensions = neededExtensions(usedPlugins(input));
  if (extensions.length === 0) return { changes: [], findings: [], refusals: [], edits: null };
  const mode = modeOf(input);
  const work = nodeExtensions(input, extensions).map((node) => ({ node, packages: nodePackages(input, node) }));
  const findings = work.map(({ node, packages }) => nodeFinding(node, mode, packages));
  const refusals = work.flatMap(({ node, packages }) => [...packages.refusals, ...enableRefusals(node, packages)]);
  if (mode !== 'install') {
    const printed = mode === 'print' ? recipes(work) : [];
    return { changes: [], findings: [...findings, ...printed], refusals: [...refusals, ...missingRefusals(work, mode)], edits: null };
  }
  const changes: Change[] = [];
  for (const { node, packages } of work) {
    const last = changes.at(-1);
    changes.push(...nodeChanges(node, packages, last ? [last.id] : []));
  }
  return { changes, findings, refusals, edits: null };
}

function verify(input: PlanInput): readonly Check[] {
  return nodeExtensions(input, neededExtensions(usedPlugins(input))).flatMap((node) =>
    node.states.flatMap(({ extension, web, cli }) => {
      const cells = [...(node.servesPages ? [['web', web] as const] : []), ['cli', cli] as const];
      return cells.map(([sapi, loaded]): Check => {
        const name = sapi === 'web' ? 'web SAPI' : 'CLI';
        const common = { id: `extension:${node.node}:${sapi}:${extension}`, node: node.node, step: STEP, subject: `PHP extension ${extension} (${name})` };
        if (loaded === null)
          return { ...common, status: 'unknown', detail: sapi === 'web' ? (node.pool?.probeError ?? 'cannot query the pool') : 'cannot query PHP' };
        if (!loaded)
          return { ...common, status: 'failed', detail: 'not loaded', remedy: remedy`Apply step 3, or install it for PHP ${node.phpVersion} on ${node.node}.` };
        const version = sapi === 'web' ? node.pool?.web?.extensions[extension] : node.facts.moodle?.cli.extensions[extension];
        return { ...common, status: 'passed', detail: version === undefined || version === '' ? 'loaded' : `loaded, ${version}` };
      });
    }),
  );
}

export const modulesStep: Step = {
  ...titleOf(STEP),
  plan,
  verify,
};
