/** What the track brings to the answers file. */

import * as z from 'zod';

export const MARKER_ANSWERS = {
  marker: z
    .strictObject({
      text: z
        .string()
        .regex(/^[ -~]{1,60}$/, 'must be one line of at most 60 printable characters')
        .describe('The line that every marker file holds'),
      owner: z
        .string()
        .regex(/^[a-z]{1,20}$/, 'must be 1 to 20 small letters')
        .optional()
        .describe('Who is responsible'),
    })
    .optional()
    .describe('Marker files on the nodes'),
};

export type MarkerAnswers = z.infer<NonNullable<typeof MARKER_ANSWERS.marker>>;
