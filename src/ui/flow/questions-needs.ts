/** The guide's step 1 (needs) and step 3 (modules). */

import type { FlowContext } from './context.js';
import type { FlowQuestion } from './question.js';

/** Step 1: needs. */
export function needsQuestions(_context: FlowContext): readonly FlowQuestion[] {
  const section = 'needs' as const;
  return [
    {
      key: 'needs.users',
      section,
      kind: 'number',
      label: 'People in a busy hour',
      message: 'How many people use the site in a busy hour?',
      help: 'Rule 1.2 of the guide: with only a few users, a memory service may not be worth running. A rough number will do. Example: 2000',
      default: 500,
    },
    {
      key: 'needs.sharedDisk',
      section,
      kind: 'select',
      label: 'Shared disk',
      message: 'How fast is the disk that the nodes share (dataroot)?',
      help: 'Rule 1.1 of the guide: on a slow shared disk, caches on local disks and in memory help. Measured, it takes up to 10 s and 50 MB a node: small files are written there as the web user, read from the others, and taken away again.',
      default: 'measure',
      choices: [
        { value: 'measure', label: 'measure it', hint: 'small files, written and read on every node' },
        { value: 'slow', label: 'slow', hint: 'NFS or a cluster file system that is felt' },
        { value: 'fast', label: 'fast', hint: 'as good as a local disk' },
      ],
    },
    {
      key: 'needs.aim',
      section,
      kind: 'select',
      label: 'Aim',
      message: 'What matters most?',
      help: 'Rule 1.3 of the guide: whoever wants all speed takes the fastest service there is. Every step up is one more thing to look after.',
      default: 'balanced',
      choices: [
        { value: 'balanced', label: 'balanced', hint: 'what clearly pays, no more' },
        { value: 'few-changes', label: 'few changes', hint: 'only what hurts now' },
        { value: 'fastest', label: 'fastest', hint: 'all that makes pages faster' },
      ],
    },
  ];
}

/** Step 3: modules. */
export function moduleQuestions(_context: FlowContext): readonly FlowQuestion[] {
  const section = 'modules' as const;
  return [
    {
      key: 'modules.install',
      section,
      kind: 'select',
      label: 'PHP modules',
      message: 'PHP modules that are missing on a node:',
      help: 'Redis, memcached, MongoDB and APCu stores each need a PHP module on every Moodle node. They are installed on one node at a time, and PHP is reloaded there.',
      default: 'true',
      choices: [
        { value: 'true', label: 'install them', hint: 'from the packages of the operating system' },
        { value: 'check', label: 'only tell which', hint: 'and stop before anything that needs them' },
        { value: 'print', label: 'print a recipe', hint: 'for Ansible, Puppet or an image' },
      ],
      decode: (text) => (text === 'true' ? true : text === 'false' ? false : text),
    },
    {
      key: 'modules.allowPhpUpgrade',
      section,
      kind: 'confirm',
      label: 'PHP upgrade in passing',
      message: 'May the package manager upgrade PHP itself in passing?',
      help: 'Some repositories offer a module only with a newer patch release of the same PHP version. No: such an installation is refused and named.',
      default: false,
      optional: true,
      absent: 'no',
      advanced: true,
    },
  ];
}
