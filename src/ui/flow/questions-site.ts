/** Questions of the site itself: the track, the Moodle, its nodes and how they are reached. They belong to no step. */

import { getAt } from '../../answers/draft.js';
import type { NodeAnswer } from '../../answers/schema.js';
import { trackOf } from '../../track/choose.js';
import type { ListForm, Question } from '../../track/question.js';
import type { FlowContext } from './context.js';
import { nodesOf, remoteNodes, sshOf } from './context.js';
import { checkNodes, formatNode, mergeNodes, parseNodeLine } from './node-lines.js';

function siteQuestion(context: FlowContext): Question {
  const found = context.sites.map((s) => ({
    value: s.dirroot,
    label: s.dirroot,
    hint: [s.wwwroot, s.release, s.foundIn].filter((p) => p !== null).join(', '),
  }));
  const common = {
    key: 'moodle.dirroot',
    label: "Moodle's folder",
    message: found.length > 0 ? 'Which Moodle is it?' : 'In which folder is Moodle?',
    help: 'The folder with config.php. It must have the same path on every Moodle node. Example: /var/www/moodle',
    ...(context.sites[0] ? { default: context.sites[0].dirroot } : {}),
  };
  return found.length > 0 ? { ...common, kind: 'select', choices: found, other: 'another folder' } : { ...common, kind: 'text' };
}

/** Which part of the guide, where there are several. */
function trackQuestions({ answers, tracks }: FlowContext): readonly Question[] {
  if (tracks.length < 2) return [];
  return [
    {
      key: 'track',
      kind: 'select',
      label: 'Task',
      message: 'What would you like to do?',
      help: "Each choice is one section of Moodle's Server cluster page. You can follow the others later, with the same answers.",
      default: trackOf(answers, tracks),
      choices: tracks.map((t) => ({ value: t.id, label: t.title, hint: t.guide })),
    },
  ];
}

function labelDefault(context: FlowContext): string {
  const dirroot = getAt(context.answers, 'moodle.dirroot');
  const wwwroot = context.sites.find((s) => s.dirroot === dirroot)?.wwwroot;
  const host = wwwroot ? /^https?:\/\/([^/:]+)/.exec(wwwroot)?.[1] : undefined;
  return host?.split('.').find((p) => !['www', 'moodle', 'lms'].includes(p)) ?? 'moodle';
}

/** Section "Your Moodle site". */
export function siteQuestions(context: FlowContext): readonly Question[] {
  return [
    ...trackQuestions(context),
    siteQuestion(context),
    {
      key: 'cluster',
      kind: 'text',
      label: 'Name of the cluster',
      message: 'What do you call this cluster?',
      help: 'A label for headings, reports and logs. You type it to confirm irreversible changes. Letters, digits, spaces and . _ -',
      default: labelDefault(context),
    },
    {
      key: 'moodle.webUser',
      kind: 'text',
      label: 'User of the web server',
      message: 'As which user does PHP serve the site?',
      help: 'Detected from the PHP-FPM pool or Apache. Set it only if detection fails. Example: www-data',
      optional: true,
      absent: 'detected',
      advanced: true,
    },
  ];
}

/** Nodes typed one a line. `earlier`: settings that a line cannot say are kept of them. */
export function nodeList(earlier: readonly NodeAnswer[], suggestions: readonly string[]): ListForm<NodeAnswer> {
  return {
    items: (value) => (Array.isArray(value) ? (value as NodeAnswer[]) : []),
    value: (nodes) => mergeNodes(nodes, earlier),
    format: formatNode,
    parse: parseNodeLine,
    entry: (node) => ({ key: 'nodes.0', value: node }),
    checkAll: checkNodes,
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

function sshQuestions(context: FlowContext): readonly Question[] {
  if (remoteNodes(context.answers).length === 0) return [];
  const secret = sudoSecret(sshOf(context.answers)?.sudo);
  const withPassword = `password: secret:${secret ?? 'sudoPassword'}`;
  return [
    {
      key: 'ssh.user',
      kind: 'text',
      label: 'SSH login',
      message: 'Which user logs in on the nodes?',
      help: 'For nodes without a user of their own. Empty: as in your ~/.ssh/config. Example: deploy',
      optional: true,
      absent: 'as in ~/.ssh/config',
    },
    {
      key: 'ssh.hostKeys',
      kind: 'select',
      label: 'Unknown host keys',
      message: 'What should happen with unknown host keys?',
      help: 'Host keys that are not in your known_hosts. The wizard always refuses a changed key.',
      default: 'known_hosts',
      choices: [
        { value: 'known_hosts', label: 'refuse', hint: 'safe: you check the key of the node yourself' },
        { value: 'accept-new', label: 'accept once', hint: 'adds it to known_hosts; for trusted networks' },
      ],
    },
    {
      key: 'ssh.sudo',
      kind: 'select',
      label: 'Root privileges',
      message: 'How does this user get root privileges?',
      help: 'Packages, services and reloads need root. Moodle itself always runs as the user of the web server.',
      default: 'auto',
      choices: [
        { value: 'auto', label: 'it is root, or uses sudo without a password' },
        { value: withPassword, label: 'sudo with a password', hint: 'asked next, kept in memory only' },
        { value: 'none', label: 'it is root: never use sudo' },
      ],
      encode: (value) => (sudoSecret(value) === null ? String(value) : withPassword),
      voids: (value) => (String(value).startsWith('password') ? [] : ['secrets.sudoPassword']),
    },
    ...(secret !== null
      ? [
          {
            key: `secrets.${secret}`,
            kind: 'secret' as const,
            label: 'sudo password',
            message: 'What is the password for sudo?',
            help: 'Kept in memory for this run. The saved answers name an environment variable instead. Empty: as named in the answers.',
            secretName: secret,
            optional: true,
          },
        ]
      : []),
    {
      key: 'ssh.port',
      kind: 'number',
      label: 'SSH port',
      message: 'Which SSH port do the nodes use?',
      help: 'Empty: as in your ~/.ssh/config, else 22.',
      optional: true,
      advanced: true,
    },
    {
      key: 'ssh.identityFile',
      kind: 'text',
      label: 'SSH key',
      message: 'Which private key logs in?',
      help: 'Empty: the SSH agent and your ~/.ssh/config. Example: ~/.ssh/id_ed25519',
      optional: true,
      advanced: true,
    },
  ];
}

/** Section "The nodes". */
export function nodeQuestions(context: FlowContext): readonly Question[] {
  const nodes = nodesOf(context.answers);
  return [
    {
      key: 'nodes',
      kind: 'list',
      label: 'Nodes',
      message: 'Which machines belong to the cluster?',
      help: 'One per line: name, address, roles. You can paste several lines. Roles: main (exactly one: where Moodle is upgraded), web, cron, database, cache, load-balancer. "local" is this machine. "out" at the end excludes a node; "out because REASON" adds the reason to every report.',
      default: [LOCAL_MAIN],
      list: nodeList(nodes, context.sshHosts),
    },
    ...sshQuestions(context),
  ];
}
