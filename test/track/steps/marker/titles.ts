/** The track `marker` in words, numbers and questions. */

import type { StepTitle, TrackTitles } from '../../../../src/track/titles.js';
import { markerQuestions } from './1-marker.questions.js';

export const MARKER_STEP: StepTitle = {
  id: 'marker.files',
  number: '1',
  short: 'Marker',
  brief: 'Marker files',
  title: 'Mark every node',
  why: 'A marker file tells people which cluster a machine belongs to.',
  stage: 'markers',
  questions: markerQuestions,
};

export const MARKER: TrackTitles = {
  id: 'marker',
  title: 'Marker files',
  guide: 'A track of one step, for tests',
  purpose: 'It marks every node with a file.',
  answers: ['marker'],
  stages: [{ id: 'markers', title: 'marker files' }],
  steps: [MARKER_STEP],
};
