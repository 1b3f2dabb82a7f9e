/** What step 1 asks: what the caches are needed for. */

import type { Question } from '../../src/track/question.js';

export const NEEDS_QUESTIONS: readonly Question[] = [
  {
    key: 'needs.users',
    kind: 'number',
    label: 'People in a busy hour',
    message: 'How many people use the site in a busy hour?',
    help: 'Rule 1.2 of the guide: with few users, a memory service may not be worth running. An estimate is enough. Example: 2000',
    default: 500,
  },
  {
    key: 'needs.sharedDisk',
    kind: 'select',
    label: 'Shared disk',
    message: 'How fast is the disk that the nodes share (dataroot)?',
    help: 'Rule 1.1 of the guide: on a slow shared disk, caches on local disks and in memory help. A measurement takes up to 10 s and 50 MB for each node: it writes small files as the web user, reads them from the other nodes, and removes them.',
    default: 'measure',
    choices: [
      { value: 'measure', label: 'measure', hint: 'small files, written and read on every node' },
      { value: 'slow', label: 'slow', hint: 'NFS or a cluster file system with noticeable latency' },
      { value: 'fast', label: 'fast', hint: 'as good as a local disk' },
    ],
  },
  {
    key: 'needs.aim',
    kind: 'select',
    label: 'Aim',
    message: 'What matters most?',
    help: 'Rule 1.3 of the guide: for the highest speed, use the fastest service available. Each additional service needs maintenance.',
    default: 'balanced',
    choices: [
      { value: 'balanced', label: 'balanced', hint: 'only what clearly improves speed' },
      { value: 'few-changes', label: 'few changes', hint: 'only what is slow now' },
      { value: 'fastest', label: 'fastest', hint: 'everything that makes pages faster' },
    ],
  },
];
