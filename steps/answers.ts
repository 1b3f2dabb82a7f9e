/**
 * What each track brings to the answers file, by the id of the track: keys with their schemas, descriptions included. Nothing but forms is imported here,
 * so that the file can be checked without loading a step.
 */

import type * as z from 'zod';

export const TRACK_ANSWERS: Readonly<Record<string, z.ZodRawShape>> = {
  // Its parts are in src/answers/schema.ts: the domain of caches decides from their types.
  caches: {},
};
