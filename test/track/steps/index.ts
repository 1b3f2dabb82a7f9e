/** Stands for steps/index.ts in a bundle with the test track. */

import type { Track } from '../../../src/track/track.js';
import { caches } from '../../../steps/caches/track.js';
import { marker } from './marker/track.js';

export const TRACKS: readonly Track[] = [caches, marker];
