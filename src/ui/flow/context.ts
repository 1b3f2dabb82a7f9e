/** What questions are made from: the answers so far, what was found so far, and nothing else. */

import { type Draft, getAt, nodesOf } from '../../answers/draft.js';
import type { Answers, NodeAnswer, SshAnswer } from '../../answers/schema.js';
import type { AskInput } from '../../track/question.js';
import type { TrackTitles } from '../../track/titles.js';
import type { SiteCandidate } from '../wizard-port.js';

export { nodesOf } from '../../answers/draft.js';

export interface FlowContext extends AskInput {
  readonly sites: readonly SiteCandidate[];
  readonly sshHosts: readonly string[];
  /** The tracks that there are. */
  readonly tracks: readonly TrackTitles[];
}

export const sshOf = (draft: Draft): SshAnswer | undefined => getAt(draft, 'ssh') as SshAnswer | undefined;
/** Where secrets come from, by their names. */
export const sourcesOf = (draft: Draft): Answers['secrets'] => getAt(draft, 'secrets') as Answers['secrets'];

/** The folder of Moodle on every Moodle node, once it is known. */
export const dirrootOf = (draft: Draft): string | undefined => {
  const dirroot = getAt(draft, 'moodle.dirroot');
  return typeof dirroot === 'string' ? dirroot : undefined;
};

/** Nodes that SSH is needed for. */
export const remoteNodes = (draft: Draft): readonly NodeAnswer[] => nodesOf(draft).filter((n) => n.host !== 'local' && n.state !== 'out');
