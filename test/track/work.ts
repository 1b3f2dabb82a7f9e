/** Work at the test track, for the cluster in memory. */

import type { Answers } from '../../src/answers/schema.js';
import { ANSWERS as OF_CACHES, type Work } from '../unit/engine/fake-cluster/process.js';
import { marker } from './steps/marker/track.js';

const { version, cluster, moodle, nodes } = OF_CACHES;

export const ANSWERS = { version, cluster, moodle, nodes, marker: { text: 'campus production', owner: 'ada' } } as unknown as Answers;

export const WORK: Work = { track: marker, answers: ANSWERS };
