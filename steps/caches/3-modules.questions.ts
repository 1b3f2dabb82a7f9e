/** What step 3 asks: how missing PHP modules get on the nodes. */

import type { Question } from '../../src/track/question.js';

export const MODULE_QUESTIONS: readonly Question[] = [
  {
    key: 'modules.install',
    kind: 'select',
    label: 'PHP modules',
    message: 'How should missing PHP modules be installed?',
    help: 'Redis, memcached, MongoDB and APCu stores each need a PHP module on every Moodle node. The wizard installs them on one node at a time and restarts PHP there.',
    default: 'true',
    choices: [
      { value: 'true', label: 'install', hint: 'packages of the operating system' },
      { value: 'check', label: 'check only', hint: 'stop when a module is missing' },
      { value: 'print', label: 'print a recipe', hint: 'for Ansible, Puppet or an image' },
    ],
    decode: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  },
  {
    key: 'modules.allowPhpUpgrade',
    kind: 'confirm',
    label: 'Allow PHP package upgrades',
    message: 'May the package manager upgrade PHP packages?',
    help: 'Some repositories offer a module only for a newer patch release of the same PHP version. No: the wizard refuses such an installation and names it.',
    default: false,
    optional: true,
    absent: 'no',
    advanced: true,
  },
];
