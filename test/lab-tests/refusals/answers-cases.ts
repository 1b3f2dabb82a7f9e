/** Answers that cannot be right: told before any host is asked. */

import { put, type Refusal } from './refusal.js';

const ANSWERS_NAME = 'answers.yaml';

export const ANSWER_CASES: readonly Refusal[] = [
  {
    name: 'a misspelt key is told with its place and the key that was meant',
    answers: (t) => put(t, 'dirroot:', 'dirrot:'),
    exit: 2,
    code: 'answers-invalid',
    words: [`${ANSWERS_NAME}:5:3`, '"dirrot"', 'Did you mean "dirroot"?'],
  },
  {
    name: 'every wrong key and value is told at once, each with line and column',
    answers: (t) => put(put(put(t, 'aim: fastest', 'aim: fastst'), 'memory: 256M', 'memory: lots'), 'install: true', 'instal: true'),
    exit: 2,
    code: 'answers-invalid',
    words: [`${ANSWERS_NAME}:19:8`, 'Did you mean "fastest"?', `${ANSWERS_NAME}:21:`, 'such as 512M', `${ANSWERS_NAME}:23:3`, 'Did you mean "install"?'],
  },
  {
    name: 'a secret that is not there is told with its name and where it was looked for',
    answers: (t) => put(t, 'env:REDIS_PASSWORD', 'env:REDIS_PASSWORD_OF_LAST_YEAR'),
    exit: 2,
    code: 'secret-unavailable',
    words: ['"redisPassword"', 'REDIS_PASSWORD_OF_LAST_YEAR', 'Set REDIS_PASSWORD_OF_LAST_YEAR'],
  },
  {
    name: 'a store name that Moodle would not take is refused with the letters it takes',
    answers: (t) => put(t, 'stores: auto', 'stores:\n  - {name: "redis@1", plugin: redis, service: redis1}'),
    exit: 2,
    code: 'answers-invalid',
    words: [`${ANSWERS_NAME}:25:`, 'stores.0.name', 'letters, digits, spaces, - and _'],
  },
  {
    name: 'an answers file that is not there',
    answersFile: '/root/no-answers.yaml',
    exit: 2,
    code: 'usage',
    words: ['/root/no-answers.yaml', 'answers init'],
  },
];
