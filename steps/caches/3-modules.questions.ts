/** What step 3 asks: how missing PHP modules get on the nodes. */

import type { Question } from '../../src/track/question.js';

export const MODULE_QUESTIONS: readonly Question[] = [
  {
    key: 'modules.install',
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
