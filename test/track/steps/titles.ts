/** Stands for steps/titles.ts in a bundle with the test track. */

import type { TrackTitles } from '../../../src/track/titles.js';
import { CACHES } from '../../../steps/caches/titles.js';
import { MARKER } from './marker/titles.js';

export const TRACK_TITLES: readonly TrackTitles[] = [CACHES, MARKER];
