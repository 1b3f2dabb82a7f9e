/** The cluster as data: nodes, their roles and how to reach them (terms in .github/ARCHITECTURE.md). */

export const ROLES = ['main', 'web', 'cron', 'database', 'cache', 'load-balancer'] as const;
export type Role = (typeof ROLES)[number];

/** How a node is reached. Values that are absent come from `ssh -G`. */
export interface SshSettings {
  readonly user?: string;
  readonly port?: number;
  readonly identityFile?: string;
  /** `known_hosts`: unknown keys are refused. `accept-new`: unknown keys are added, changed ones refused. */
  readonly hostKeys: 'known_hosts' | 'accept-new';
  readonly sudo: SudoSetting;
}

/** `none`: the login is root. `auto`: root login, or sudo without a password. Otherwise the name of a secret. */
export type SudoSetting = { readonly kind: 'none' } | { readonly kind: 'auto' } | { readonly kind: 'password'; readonly secret: string };

export interface ClusterNode {
  readonly name: string;
  /** `local` for the machine the wizard runs on, else an address or an alias of `~/.ssh/config`. */
  readonly host: string;
  readonly roles: readonly Role[];
  readonly ssh: SshSettings;
  readonly webPort: number;
  /** `out`: excluded from this run, and named in every report. */
  readonly state: 'in' | 'out';
  /** Why it is excluded: the administrator's reason, or the error of an unreachable node. */
  readonly exclusionReason?: string;
}

export interface Cluster {
  /** What the administrator calls it; never a key. */
  readonly label: string;
  readonly dirroot: string;
  /** Given by the answers, else found by the survey. */
  readonly webUser: string | undefined;
  readonly nodes: readonly ClusterNode[];
}

/** Roles of nodes that load this Moodle. */
export const MOODLE_ROLES: readonly Role[] = ['main', 'web', 'cron'];

/** All nodes that load this Moodle, excluded ones too: they read its cache configuration. */
export function allMoodleNodes(cluster: Cluster): readonly ClusterNode[] {
  return cluster.nodes.filter((n) => n.roles.some((r) => MOODLE_ROLES.includes(r)));
}

/** All nodes that load this Moodle and take part in the run: main, web and cron. */
export function moodleNodes(cluster: Cluster): readonly ClusterNode[] {
  return allMoodleNodes(cluster).filter((n) => n.state === 'in');
}

/** The nodes that serve pages, so have a web SAPI to prove. */
export function webNodes(cluster: Cluster): readonly ClusterNode[] {
  return cluster.nodes.filter((n) => n.state === 'in' && n.roles.includes('web'));
}

/** The main node: where MUC is written and the site record is kept. @throws Error when the answers have none. */
export function mainNode(cluster: Cluster): ClusterNode {
  const main = cluster.nodes.find((n) => n.roles.includes('main'));
  if (!main) throw new Error('the cluster has no node with the role main');
  return main;
}

export interface ExcludedNode {
  readonly node: string;
  readonly why: string;
}

/** Nodes that are excluded from this run, each with the reason. */
export function excludedNodes(cluster: Cluster): readonly ExcludedNode[] {
  return cluster.nodes.flatMap((n) => (n.state === 'out' ? [{ node: n.name, why: n.exclusionReason ?? 'state: out in the answers, without a reason' }] : []));
}

/** The sentence of a report about excluded nodes; empty if there are none. */
export function formatExcluded(nodes: readonly ExcludedNode[]): string {
  return nodes.length === 0 ? '' : `Excluded, nothing was changed or verified there: ${nodes.map((n) => `${n.node} (${n.why})`).join(', ')}.`;
}

/** The nodes this run talks to at all. */
export function activeNodes(cluster: Cluster): readonly ClusterNode[] {
  return cluster.nodes.filter((n) => n.state === 'in');
}
