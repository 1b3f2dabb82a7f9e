/** Which track some answers are for. Pure. */

import type { Draft } from '../answers/draft.js';
import type { TrackTitles } from './titles.js';

/** The id of the track that the answers name, else of the first that a part of them belongs to, else of the first of all. */
export function trackOf(answers: Draft, tracks: readonly TrackTitles[]): string {
  if (typeof answers['track'] === 'string') return answers['track'];
  return (tracks.find((t) => t.answers.some((key) => answers[key] !== undefined)) ?? tracks[0])?.id ?? '';
}
