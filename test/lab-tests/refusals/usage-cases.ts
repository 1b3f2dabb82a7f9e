/** Command lines that are wrong in themselves: told before any host is asked. */

import { ANSWERS } from './refusal.js';

export interface UsageCase {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: string;
  readonly words: readonly string[];
}

const answers = ['--answers', ANSWERS];

export const USAGE_CASES: readonly UsageCase[] = [
  { name: 'an unknown command, with the one that was meant', args: ['aply', ...answers], code: 'usage', words: ['"aply"', 'Did you mean "apply"?'] },
  {
    name: 'an unknown option, with the one that was meant',
    args: ['plan', ...answers, '--from-stp', '3'],
    code: 'usage',
    words: ["'--from-stp'", '--from-step', 'plan --help'],
  },
  { name: 'an argument that is missing', args: ['answers', 'check'], code: 'usage', words: ["'file'", 'answers check --help'] },
  { name: 'a step that is not there', args: ['plan', ...answers, '--from-step', '9'], code: 'usage', words: ['"9"', '3 (caches.modules)'] },
  {
    name: 'two options that exclude each other',
    args: ['plan', ...answers, '--from-step', '2', '--only-step', '3'],
    code: 'usage',
    words: ['--from-step and --only-step'],
  },
  { name: 'a trial of no length', args: ['apply', ...answers, '--yes', '--trial', 'long'], code: 'usage', words: ['--trial', '"long"', '86400'] },
  {
    name: 'a trial and none at once',
    args: ['apply', ...answers, '--yes', '--no-trial', '--confirm-within', '600'],
    code: 'usage',
    words: ['--confirm-within', '--no-trial'],
  },
  { name: 'confirm where no site is on record', args: ['confirm'], code: 'site-unknown', words: ['--answers FILE'] },
  { name: 'rollback without --yes', args: ['rollback'], code: 'usage', words: ['--yes', 'status'] },
  { name: 'no answers where no site is on record', args: ['plan'], code: 'site-unknown', words: ['No site', '--answers FILE'] },
  {
    name: 'a plan file that is not there',
    args: ['apply', ...answers, '--plan', '/root/none.json', '--yes'],
    code: 'usage',
    words: ['/root/none.json', '--out PLAN'],
  },
  {
    name: 'a plan that could not be written',
    args: ['plan', ...answers, '--out', '/root/none/plan.json'],
    code: 'usage',
    words: ['/root/none/plan.json', 'folder /root/none does not exist'],
  },
  {
    name: 'answers check of a wrong file',
    args: ['answers', 'check', '/root/wrong.yaml'],
    code: 'answers-invalid',
    words: ['/root/wrong.yaml:1:1', '"versoin"'],
  },
];
