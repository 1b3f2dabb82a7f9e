/** Which track a command works at. */

import { TRACKS } from '../../steps/index.js';
import type { Answers } from '../answers/schema.js';
import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import { trackOf } from '../track/choose.js';
import type { Track } from '../track/track.js';

/** The track that some answers are for. @throws WizardError `usage` for a name that no track has */
export function chosenTrack(answers: Answers, tracks: readonly Track[] = TRACKS): Track {
  const id = trackOf(
    answers,
    tracks.map((t) => t.titles),
  );
  const found = tracks.find((t) => t.titles.id === id);
  if (found) return found;
  throw new WizardError('usage', `Unknown track "${id}".`, { remedies: [remedy`Tracks: ${tracks.map((t) => t.titles.id)}`] });
}

/** The answers for the track of `--track`, which wins over what the answers say; kept with them, so that a resume or rollback works at the same track. */
export function forTrack(answers: Answers, name: string | undefined): Answers {
  return name === undefined ? answers : { ...answers, track: name };
}
