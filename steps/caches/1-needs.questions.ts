/** What step 1 asks: what the caches are needed for. */

import type { Question } from '../../src/track/question.js';

export const NEEDS_QUESTIONS: readonly Question[] = [
  {
    key: 'needs.users',
    kind: 'number',
    label: 'People in a busy hour',
    message: 'How many people use the site in a busy hour?',
    help: 'Rule 1.2 of the guide: with only a few users, a memory service may not be worth running. A rough number will do. Example: 2000',
    default: 500,
  },
  {
    key: 'needs.sharedDisk',
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
