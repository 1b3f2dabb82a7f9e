/** What step 2 asks: which cache services, where, and who manages them. */

import { nodesOf } from '../../src/answers/draft.js';
import type { ServiceAnswer } from '../../src/answers/schema.js';
import { servicesOf } from '../../src/caches/drafted.js';
import { serverOf, serverPlugins } from '../../src/caches/plugins/catalog.js';
import type { AskInput, Question } from '../../src/track/question.js';

const MAX_SERVICES = 4;

function pluginQuestion(input: AskInput, index: number): Question {
  const options = input.advice?.options ?? [];
  const used = servicesOf(input.answers);
  const kinds = serverPlugins().map((p) => ({ value: p.plugin, label: p.title, hint: p.server.hint }));
  const advised = kinds.find((p) => options.some((o) => o.plugin === p.value && o.available));
  return {
    key: `services.${index}.plugin`,
    kind: 'select',
    begins: `services.${index}`,
    label: index === 0 ? 'Cache service' : `Cache service ${index + 1}`,
    message: index === 0 ? 'Which cache service should Moodle use?' : 'Add another cache service?',
    help:
      index === 0
        ? 'One shared memory server that all Moodle nodes use. Caches local to a node (APCu, local disk) need no service. "None" keeps the present services, or uses local caches only.'
        : 'Most sites need one. Add a second one to separate sessions or very large caches.',
    default: index === 0 ? (advised?.value ?? 'none') : 'none',
    choices: [
      ...kinds.map((p) => {
        const option = options.find((o) => o.plugin === p.value);
        return option && !option.available
          ? { value: p.value, label: p.label, disabled: option.why }
          : { value: p.value, label: p.label, hint: option?.why ?? p.hint };
      }),
      { value: 'none', label: index === 0 && used.length === 0 ? 'none' : 'no more', hint: index === 0 ? 'no cache service' : 'continue' },
    ],
    optional: true,
    absent: 'none',
    decode: (text) => (text === 'none' ? undefined : text),
    validate: (value) => {
      const refused = options.find((o) => o.plugin === value && !o.available);
      return refused ? `${String(value)} is not possible here: ${refused.why}.` : null;
    },
  };
}

function freeName(input: AskInput, plugin: string, index: number): string {
  const taken = servicesOf(input.answers).flatMap((s, i) => (i === index || s.name === undefined ? [] : [s.name]));
  let n = 1;
  while (taken.includes(`${plugin}${n}`)) n += 1;
  return `${plugin}${n}`;
}

function placeQuestions(input: AskInput, index: number, plugin: string): readonly Question[] {
  const service = servicesOf(input.answers)[index] ?? {};
  const at = `services.${index}`;
  const nodes = nodesOf(input.answers).filter((n) => n.state !== 'out');
  const ordered = [...nodes].sort((a, b) => Number(b.roles.includes('cache')) - Number(a.roles.includes('cache')));
  const placement: Question = {
    key: `${at}.placement`,
    kind: 'select',
    label: `${service.name ?? plugin}: placement`,
    message: 'One for all nodes, or one on each?',
    help: 'The guide recommends one large central memcached for shared caches, and local ones for caches that support it.',
    default: 'shared',
    voids: (value) => (value === 'each-web-node' ? [`${at}.node`, `${at}.network`] : []),
    choices: [
      { value: 'shared', label: 'one for all nodes' },
      { value: 'each-web-node', label: 'one on each Moodle node', hint: 'on loopback, for local caches only' },
    ],
  };
  const node: Question = {
    key: `${at}.node`,
    kind: 'select',
    label: `${service.name ?? plugin}: node`,
    message: 'On which node does it run?',
    help: 'Prefer a node with the role cache: its memory does not compete with web pages.',
    ...(ordered[0] ? { default: ordered[0].name } : {}),
    choices: ordered.map((n) => ({ value: n.name, label: n.name, hint: `${n.host}, ${n.roles.join(', ')}` })),
  };
  return [...(serverOf(plugin)?.eachNode ? [placement] : []), ...(service.placement === 'each-web-node' ? [] : [node])];
}

function managedQuestions(input: AskInput, index: number, plugin: string): readonly Question[] {
  const name = servicesOf(input.answers)[index]?.name ?? plugin;
  const at = `services.${index}`;
  const memory = serverOf(plugin)?.memory[servicesOf(input.answers)[index]?.placement ?? 'shared'];
  return [
    ...placeQuestions(input, index, plugin),
    {
      key: `${at}.port`,
      kind: 'number',
      label: `${name}: port`,
      message: 'On which port?',
      help: `Empty: the wizard chooses a free port other than the usual ${serverOf(plugin)?.defaultPort}. Only the Moodle nodes need to reach it.`,
      optional: true,
      absent: 'chosen by the wizard',
    },
    {
      key: `${at}.memory`,
      kind: 'text',
      label: `${name}: memory`,
      message: 'How much memory may it use?',
      help: 'A number with M or G. When it is full, the oldest entries are removed. 512M serves most sites of a few thousand users.',
      ...(memory === undefined ? {} : { default: memory }),
      decode: (text) => (text === '' ? undefined : text.toUpperCase().replace(/\s|I?B$/g, '')),
    },
    ...(servicesOf(input.answers)[index]?.placement === 'each-web-node' ? [] : [networkQuestion(at, name, plugin, servicesOf(input.answers)[index]?.network)]),
    ...(serverOf(plugin)?.itemSize
      ? [
          {
            key: `${at}.maxItemSize`,
            kind: 'text' as const,
            label: `${name}: largest item`,
            message: 'How large may one item be?',
            help: 'memcached -I. Its default of 1M is too small for some caches. Example: 4M',
            optional: true,
            advanced: true,
          },
        ]
      : []),
  ];
}

/** A value of `tls` as the choice that stands for it. */
function tlsChoice(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value === true);
  return (value as { readonly verify?: string }).verify === 'none' ? 'none' : 'file';
}

function tlsValue(choice: string): unknown {
  if (choice === 'none') return { verify: 'none' };
  return choice === 'file' ? { verify: 'peer' } : choice === 'true';
}

/** Who may connect: asked from the review, because the default is the safe one. */
function networkQuestion(at: string, name: string, plugin: string, now: ServiceAnswer['network']): Question {
  const named = typeof now === 'object' ? now : undefined;
  return {
    key: `${at}.network`,
    kind: 'select',
    label: `${name}: who can connect`,
    message: 'Who can connect to it?',
    help: `Choose the Moodle nodes unless another program uses the service. Open: every host that can route to it can connect${
      serverOf(plugin)?.login === 'none' ? ', and any of them can put values there that Moodle runs as code, since it asks for no password' : ''
    }. To allow other addresses, use the answers file: network: {allow: [10.0.0.7]}`,
    default: 'nodes',
    advanced: true,
    choices: [
      ...(named ? [{ value: 'allow', label: `the Moodle nodes and ${named.allow.join(', ')}` }] : []),
      { value: 'nodes', label: 'the Moodle nodes only', hint: 'restricted on the node itself, also after a reboot' },
      { value: 'open', label: 'every host', hint: serverOf(plugin)?.login === 'none' ? 'any of them can run code in Moodle' : 'only the password protects it' },
    ],
    encode: (value) => (typeof value === 'object' ? 'allow' : String(value)),
    decode: (text) => (text === 'allow' ? named : text),
  };
}

function externalQuestions(input: AskInput, index: number, plugin: string): readonly Question[] {
  const name = servicesOf(input.answers)[index]?.name ?? plugin;
  return [
    {
      key: `services.${index}.address`,
      kind: 'text',
      label: `${name}: address`,
      message: 'What is its address?',
      help: `host:port, reachable from every Moodle node. Example: 10.0.0.41:${serverOf(plugin)?.defaultPort}. The wizard tests it from every node before Moodle uses it.`,
    },
    ...(serverOf(plugin)?.tls
      ? [
          {
            key: `services.${index}.tls`,
            kind: 'select' as const,
            label: `${name}: TLS`,
            message: 'Does it use TLS?',
            help: 'Moodle can use Redis over TLS from 4.3 on. The password is sent only to a server whose certificate was verified; without verification, any server at this address receives it.',
            default: 'false',
            choices: [
              { value: 'false', label: 'no' },
              { value: 'true', label: 'yes, verified by the system', hint: 'certificate authority trusted by the system' },
              { value: 'file', label: 'yes, verified by a file', hint: 'file of the certificate authority' },
              { value: 'none', label: 'yes, not verified', hint: 'the password goes to any server at this address' },
            ],
            encode: tlsChoice,
            decode: tlsValue,
          },
          ...(tlsChoice(servicesOf(input.answers)[index]?.tls) === 'file'
            ? [
                {
                  key: `services.${index}.tls.cafile`,
                  kind: 'text' as const,
                  label: `${name}: certificate authority`,
                  message: 'Where is the file of its certificate authority?',
                  help: 'The same path on every Moodle node. Example: /etc/ssl/certs/redis-ca.pem',
                },
              ]
            : []),
        ]
      : []),
  ];
}

function loginQuestions(input: AskInput, index: number, plugin: string): readonly Question[] {
  const name = servicesOf(input.answers)[index]?.name ?? `${plugin}${index + 1}`;
  const at = `services.${index}`;
  const service = servicesOf(input.answers)[index];
  // The answers may name a secret of their own: what is typed is that one's value.
  const named = /^secret:(\w+)$/.exec(service?.password ?? '')?.[1];
  const secretName = named ?? `${name.replaceAll(/[^A-Za-z0-9]/g, '').replace(/^[^A-Za-z]+/, '') || 'service'}Password`;
  const managed = service?.manage === true;
  const password: Question = {
    key: `${at}.password`,
    kind: 'secret',
    label: `${name}: password`,
    message: `Password of ${name}`,
    help: `${managed ? 'The wizard sets it. Without a password, every host that reaches the port could read and change caches.' : 'The present password. Empty: no password.'} It is kept only in memory and in the files of ${plugin} and Moodle. The saved answers name an environment variable instead.`,
    ...(managed ? {} : { optional: true, absent: 'none' }),
    secretName,
  };
  const login = serverOf(plugin)?.login ?? 'none';
  if (login === 'none') return [];
  if (login === 'password') return [password];
  return [
    { key: `${at}.username`, kind: 'text', label: `${name}: user`, message: 'Which MongoDB user?', help: 'Empty: no login.', optional: true },
    password,
    {
      key: `${at}.database`,
      kind: 'text',
      label: `${name}: database`,
      message: 'Which MongoDB database?',
      help: 'Use a database for this Moodle only: deleting the store drops it.',
      default: 'mcache',
    },
  ];
}

function oneService(input: AskInput, index: number): readonly Question[] {
  const service = servicesOf(input.answers)[index];
  const plugin = service?.plugin;
  if (!service || !plugin) return [];
  const at = `services.${index}`;
  return [
    {
      key: `${at}.name`,
      kind: 'text',
      label: `Name of service ${index + 1}`,
      message: 'What is the name of this service?',
      help: 'A short name for stores and reports. Letters, digits and hyphens.',
      default: freeName(input, plugin, index),
      validate: (value) =>
        servicesOf(input.answers).some((s, i) => i !== index && s.name === value) ? `Another service is already called ${String(value)}.` : null,
    },
    {
      key: `${at}.manage`,
      kind: 'select',
      label: `${service.name ?? plugin}: managed by`,
      message: 'Who manages this service?',
      help: 'The wizard installs it as a separate unit with a memory limit, and can remove it. An existing service is only tested and used.',
      default: 'true',
      choices: [
        { value: 'true', label: 'the wizard' },
        { value: 'false', label: 'someone else: it already runs' },
      ],
      decode: (text) => text === 'true',
      voids: (value) =>
        (value === true ? ['address', 'tls'] : ['node', 'placement', 'port', 'memory', 'maxItemSize', 'network']).map((field) => `${at}.${field}`),
    },
    ...(service.manage === true ? managedQuestions(input, index, plugin) : service.manage === false ? externalQuestions(input, index, plugin) : []),
    ...(service.manage === undefined ? [] : loginQuestions(input, index, plugin)),
  ];
}

/** Step 2: services, one after the other until "no more". */
export function serviceQuestions(input: AskInput): readonly Question[] {
  const n = servicesOf(input.answers).length;
  return Array.from({ length: Math.min(n + 1, MAX_SERVICES) }, (_, i) => [pluginQuestion(input, i), ...oneService(input, i)]).flat();
}
