/** Which track a command works at. */

import { TRACKS } from '../../steps/index.js';
import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';
import type { Track } from '../track/track.js';

/** The track named, or the first one. @throws WizardError `usage` for a name that no track has */
export function chosenTrack(name: string | undefined, tracks: readonly Track[] = TRACKS): Track {
  const found = name === undefined ? tracks[0] : tracks.find((t) => t.titles.id === name);
  if (found) return found;
  throw new WizardError('usage', `Unknown track "${name}".`, { remedies: [remedy`Tracks: ${tracks.map((t) => t.titles.id)}`] });
}
