/** Every track in words and numbers, without its code: what screens and records need. */

import type { TrackTitles } from '../src/track/titles.js';
import { CACHES } from './caches/titles.js';

export const TRACK_TITLES: readonly TrackTitles[] = [CACHES];
