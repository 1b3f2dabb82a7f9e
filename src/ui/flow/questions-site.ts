/** The site and the nodes: what the guide takes for granted. */

import type { NodeAnswer } from '../../answers/schema.js';
import type { FlowContext } from './context.js';
import { nodesOf, remoteNodes, sshOf } from './context.js';
import { getAt } from './draft.js';
import { entriesOf } from './list-entries.js';
import { checkNodes, formatNode, mergeNodes, parseNodeLine } from './lists.js';
import type { FlowQuestion, ListFormat } from './question.js';

function siteQuestion(context: FlowContext): FlowQuestion {
  const found = context.sites.map((s) => ({
    value: s.dirroot,
    label: s.dirroot,
    hint: [s.wwwroot, s.release, s.foundIn].filter((p) => p !== null).join(', '),
  }));
  const common = {
    key: 'moodle.dirroot',
    section: 'site' as const,
    label: "Moodle's folder",
    message: found.length > 0 ? 'Which Moodle is it?' : 'In which folder is Moodle?',
    help: 'The folder that holds config.php. It must be the same path on every Moodle node. Example: /var/www/moodle',
    ...(context.sites[0] ? { default: context.sites[0].dirroot } : {}),
  };
  return found.length > 0 ? { ...common, kind: 'select', choices: found, other: 'another folder' } : { ...common, kind: 'text' };
}

function labelDefault(context: FlowContext): string {
  const dirroot = getAt(context.draft, 'moodle.dirroot');
  const wwwroot = context.sites.find((s) => s.dirroot === dirroot)?.wwwroot;
  const host = wwwroot ? /^https?:\/\/([^/:]+)/.exec(wwwroot)?.[1] : undefined;
  return host?.split('.').find((p) => !['www', 'moodle', 'lms'].includes(p)) ?? 'moodle';
}

/** Section "Your Moodle site". */
export function siteQuestions(context: FlowContext): readonly FlowQuestion[] {
  return [
    siteQuestion(context),
    {
      key: 'cluster',
      section: 'site',
      kind: 'text',
      label: 'Name of the cluster',
      message: 'What do you call this cluster?',
      help: 'A label for you: it stands in headings, reports and logs, and is typed to confirm what cannot be undone. Letters, digits, spaces and . _ -',
      default: labelDefault(context),
    },
    {
      key: 'moodle.webUser',
      section: 'site',
      kind: 'text',
      label: 'User of the web server',
      message: 'As which user does PHP serve the site?',
      help: 'Found from the PHP-FPM pool or Apache; fill it in only if that goes wrong. Example: www-data',
      optional: true,
      absent: 'found by itself',
      advanced: true,
    },
  ];
}

/** Nodes typed one a line. */
export function nodeList(earlier: readonly NodeAnswer[], suggestions: readonly string[]): ListFormat {
  const { values, fault, check, normalize } = entriesOf(earlier, { format: formatNode, parse: parseNodeLine });
  return {
    toEntries: (value) => (Array.isArray(value) ? (value as NodeAnswer[]).map(formatNode) : []),
    fromEntries: (entries) => mergeNodes(values(entries), earlier),
    check,
    normalize,
    checkAll: (entries) => fault(entries) ?? checkNodes(values(entries)),
    example: 'web1 10.0.0.21 web',
    suggestions,
  };
}

const LOCAL_MAIN: NodeAnswer = { name: 'main', host: 'local', roles: ['main', 'web', 'cron'] };

/** The secret that `ssh.sudo` names, in either spelling; null when it names none. */
function sudoSecret(sudo: unknown): string | null {
  const text =
    typeof sudo === 'object' && sudo !== null ? String((sudo as { readonly password?: unknown }).password) : String(sudo).replace(/^password: ?/, '');
  return /^secret:(\w+)$/.exec(text)?.[1] ?? null;
}

function sshQuestions(context: FlowContext): readonly FlowQuestion[] {
  if (remoteNodes(context.draft).length === 0) return [];
  const secret = sudoSecret(sshOf(context.draft)?.sudo);
  const withPassword = `password: secret:${secret ?? 'sudoPassword'}`;
  const section = 'nodes' as const;
  return [
    {
      key: 'ssh.user',
      section,
      kind: 'text',
      label: 'SSH login',
      message: 'As which user do you log in on the nodes?',
      help: 'For nodes that name no user of their own. Empty: what your ~/.ssh/config says. Example: deploy',
      optional: true,
      absent: 'as in ~/.ssh/config',
    },
    {
      key: 'ssh.hostKeys',
      section,
      kind: 'select',
      label: 'Unknown host keys',
      message: 'What if the key of a node is not in your known_hosts?',
      help: 'A key that has changed is always refused.',
      default: 'known_hosts',
      choices: [
        { value: 'known_hosts', label: 'refuse it', hint: 'the safe answer: the node is named and you check its key' },
        { value: 'accept-new', label: 'accept it once', hint: 'and add it to known_hosts; right on a network you trust' },
      ],
    },
    {
      key: 'ssh.sudo',
      section,
      kind: 'select',
      label: 'Becoming root',
      message: 'How does that login become root?',
      help: 'Packages, services and reloads need root. Moodle itself is always run as the user of the web server.',
      default: 'auto',
      choices: [
        { value: 'auto', label: 'it is root, or sudo asks no password' },
        { value: withPassword, label: 'sudo with a password', hint: 'asked next, kept in memory only' },
        { value: 'none', label: 'it is root: never use sudo' },
      ],
      encode: (value) => (sudoSecret(value) === null ? String(value) : withPassword),
    },
    ...(secret !== null
      ? [
          {
            key: `secrets.${secret}`,
            section,
            kind: 'secret' as const,
            label: 'sudo password',
            message: 'The password for sudo',
            help: 'Kept in memory for this run. The saved answers name an environment variable instead. Empty: the one that the answers name.',
            secretName: secret,
            optional: true,
          },
        ]
      : []),
    {
      key: 'ssh.port',
      section,
      kind: 'number',
      label: 'SSH port',
      message: 'Port of SSH on the nodes',
      help: 'Empty: what your ~/.ssh/config says, else 22.',
      optional: true,
      advanced: true,
    },
    {
      key: 'ssh.identityFile',
      section,
      kind: 'text',
      label: 'SSH key',
      message: 'Private key to log in with',
      help: 'Empty: the agent and what your ~/.ssh/config says. Example: ~/.ssh/id_ed25519',
      optional: true,
      advanced: true,
    },
  ];
}

/** Section "The nodes". */
export function nodeQuestions(context: FlowContext): readonly FlowQuestion[] {
  const nodes = nodesOf(context.draft);
  return [
    {
      key: 'nodes',
      section: 'nodes',
      kind: 'list',
      label: 'Nodes',
      message: 'Which machines belong to it?',
      help: 'One a line: name, address, roles. Several lines can be pasted. Roles: main (exactly one: where Moodle is upgraded), web, cron, database, cache, load-balancer. "local" is this machine. "out" at the end leaves a node alone in this run; "out because" and why, and every report tells it.',
      default: [LOCAL_MAIN],
      list: nodeList(nodes, context.sshHosts),
    },
    ...sshQuestions(context),
  ];
}
