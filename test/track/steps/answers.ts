/** Stands for steps/answers.ts in a bundle with the test track. */

import type * as z from 'zod';
import { MARKER_ANSWERS } from './marker/answers.js';

export const TRACK_ANSWERS: Readonly<Record<string, z.ZodRawShape>> = { caches: {}, marker: MARKER_ANSWERS };
