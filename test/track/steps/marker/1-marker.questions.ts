/** What the step asks: the text of the file, and whether it says since when. */

import { getAt } from '../../../../src/answers/draft.js';
import type { AskInput, Question } from '../../../../src/track/question.js';

export function markerQuestions({ answers }: AskInput): readonly Question[] {
  return [
    {
      key: 'marker.text',
      kind: 'text',
      label: 'Text of the marker',
      message: 'What should the marker file say?',
      required: true,
      help: 'One line that every node gets in its marker file. Example: campus production',
    },
    ...(getAt(answers, 'marker.text') === undefined
      ? []
      : [
          {
            key: 'marker.owner',
            kind: 'text' as const,
            label: 'Responsible',
            message: 'Who is responsible for this cluster?',
            help: 'A name that stands below the text. Example: ada',
            optional: true,
            absent: 'nobody named',
          },
        ]),
  ];
}
