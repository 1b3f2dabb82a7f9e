/** A track of one step, for tests: it shows that a track is all in its own folder. */

import { byStage, NO_ADVICE, type Track } from '../../../../src/track/track.js';
import { MARKER_PATHS, markerStep } from './1-marker.js';
import { MARKER } from './titles.js';

export const marker: Track = {
  titles: MARKER,
  steps: [markerStep],
  surveyNeeds: () => ({ paths: MARKER_PATHS, services: [] }),
  simulations: () => ({}),
  refusals: () => [],
  advise: () => NO_ADVICE,
  assemble: (plans, _input, options) => ({ stages: byStage(plans, options), refusals: [] }),
};
