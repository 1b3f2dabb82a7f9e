/** The whole procedure: every track in its order. A track's steps are in its own `track.ts`. */

import type { Track } from '../src/track/track.js';
import { caches } from './caches/track.js';

export const TRACKS: readonly Track[] = [caches];
