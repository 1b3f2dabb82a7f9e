/** From answers to the cluster as everything else sees it. */

import { secretName } from '../caches/plugins/values.js';
import type { Cluster, ClusterNode, SshSettings, SudoSetting } from '../core/cluster.js';
import { sudoReference } from './check-stores.js';
import type { Answers, NodeAnswer, SshAnswer } from './schema.js';

function sudoOf(answer: SshAnswer['sudo']): SudoSetting {
  if (answer === undefined || answer === 'auto') return { kind: 'auto' };
  if (answer === 'none') return { kind: 'none' };
  const secret = secretName(sudoReference(answer));
  return secret === null ? { kind: 'auto' } : { kind: 'password', secret };
}

function sshOf(common: SshAnswer | undefined, own: SshAnswer | undefined): SshSettings {
  const all = { ...common, ...own };
  return {
    ...(all.user === undefined ? {} : { user: all.user }),
    ...(all.port === undefined ? {} : { port: all.port }),
    ...(all.identityFile === undefined ? {} : { identityFile: all.identityFile }),
    hostKeys: all.hostKeys ?? 'known_hosts',
    sudo: sudoOf(all.sudo),
  };
}

function nodeOf(node: NodeAnswer, common: SshAnswer | undefined): ClusterNode {
  return {
    name: node.name,
    host: node.host,
    roles: node.roles,
    ssh: sshOf(common, node.ssh),
    webPort: node.web?.port ?? 80,
    state: node.state ?? 'in',
    ...(node.reason === undefined ? {} : { exclusionReason: node.reason }),
  };
}

/** The cluster of some answers: defaults filled in, settings of nodes laid over those for all. */
export function toCluster(answers: Answers): Cluster {
  return { label: answers.cluster, dirroot: answers.moodle.dirroot, webUser: answers.moodle.webUser, nodes: answers.nodes.map((n) => nodeOf(n, answers.ssh)) };
}
