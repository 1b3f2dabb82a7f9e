/** Problems of the PHP that serves pages, which block a run. Pure. */

import { type Cluster, type ClusterNode, webNodes } from '../core/cluster.js';
import { WizardError } from '../core/errors.js';
import type { ClusterFacts, NodeFacts } from '../core/facts.js';
import { type Remedy, remedy, sh } from '../core/remedy.js';
import { webProbe } from '../moodle/web-probe/index.js';

/** Pages must be proven through the pool that serves them. */
export function poolRefusals(cluster: Cluster, facts: ClusterFacts): readonly WizardError[] {
  return webNodes(cluster).flatMap((node) => {
    const of = facts.nodes[node.name];
    if (!of?.moodle) return [];
    const pool = of.sitePool === null ? undefined : of.pools[of.sitePool];
    if (pool === undefined) return [noPool(cluster, node, of)];
    const refused = webProbe(pool).refusal(node.name);
    if (refused !== null) return [refused];
    const version = pool.web?.version ?? pool.version;
    const minor = (text: string): string => text.split('.').slice(0, 2).join('.');
    const cli = of.moodle.cli.version;
    return [
      ...(minor(version) === minor(cli) ? [] : [cliDiffers(node, minor(version), cli)]),
      ...(pool.probeError !== undefined ? [notProven(node, pool.name, pool.unit, pool.probeError)] : []),
    ];
  });
}

function noPool(cluster: Cluster, node: ClusterNode, of: NodeFacts): WizardError {
  const pools = of.pools.map((p) => `${p.name} (PHP ${p.version}, ${p.listen || p.unit})`).join(', ') || 'none';
  return new WizardError('platform-refused', `${node.name}: no PHP-FPM pool and no Apache with mod_php serves ${cluster.dirroot}. Pools found: ${pools}.`, {
    nodes: [node.name],
    evidence: of.notes ?? [],
    remedies: [
      remedy`Check the web server configuration: nginx -T, or apachectl -t -D DUMP_VHOSTS. One document root must be ${cluster.dirroot} (from Moodle 5.1: ${cluster.dirroot}/public).`,
      remedy`If ${node.name} serves no pages, remove its role "web".`,
    ],
  });
}

function cliDiffers(node: ClusterNode, pool: string, cli: string): WizardError {
  return new WizardError(
    'package-missing',
    `${node.name}: pages run with PHP ${pool}, but its command line has PHP ${cli}. Cron and upgrades would load other modules than pages do.`,
    {
      nodes: [node.name],
      remedies: [remedy`Install the command line of the same PHP: on Debian and Ubuntu php${pool}-cli, on the Red Hat family php-cli of the same stream.`],
    },
  );
}

const PROBE_REMEDIES: readonly (readonly [RegExp, Remedy])[] = [
  [/open_basedir/, remedy`Add /var/lib/moodle-cluster-wizard/ to open_basedir of the pool, and reload it.`],
  [/limit_extensions/, remedy`Add .php to security.limit_extensions of the pool, and reload it.`],
  [/chroot|does not find/, remedy`Run Moodle in a pool without chroot, or let the user of the pool enter /var/lib/moodle-cluster-wizard.`],
  [/allowed_clients/, remedy`Add 127.0.0.1 to listen.allowed_clients of the pool, and reload it.`],
];

function notProven(node: ClusterNode, pool: string, unit: string, why: string): WizardError {
  const known = PROBE_REMEDIES.find(([pattern]) => pattern.test(why))?.[1];
  return new WizardError(
    known === undefined ? 'service-unreachable' : 'platform-refused',
    `${node.name}: cannot ask the PHP pool "${pool}" that serves the site: ${why}`,
    {
      nodes: [node.name],
      remedies: [known ?? remedy`On ${node.name}, run: ${sh`systemctl status ${unit}; journalctl -u ${unit} -n 20`}`],
    },
  );
}
