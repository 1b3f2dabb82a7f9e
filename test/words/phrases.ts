/** The words that the product does not use, each with what it says instead. */

export interface Phrase {
  readonly refused: RegExp;
  readonly instead: string;
}

const phrase = (source: string, instead: string): Phrase => ({ refused: new RegExp(source, 'gi'), instead });

/** Refused in comments too. */
export const EVERYWHERE: readonly Phrase[] = [
  phrase(String.raw`\b(?:puts?|putting) (?:\S+ ){0,4}?back\b`, 'roll back, restore'),
  phrase(String.raw`\b(?:takes?|taken|took|taking|turns?|turned) (?:\S+ ){0,3}?back\b`, 'roll back, revert'),
  phrase(String.raw`\bways? back\b`, 'rollback'),
  phrase(String.raw`\b(?:left|leaves?|leaving) (?:\S+ ){0,3}?out\b(?! of)`, 'excluded, exclude'),
  phrase(String.raw`\bas wanted\b`, 'up to date'),
  phrase(String.raw`\bstand(?:s|ing)? in the way\b`, 'problem'),
  phrase(String.raw`\btroubles?\b`, 'problem'),
  phrase(String.raw`\bmend(?:s|ed|ing)?\b`, 'fix'),
  phrase(String.raw`\b(?:sees?|saw|seen) to it\b`, 'fix'),
  phrase(String.raw`\banew\b|\bafresh\b`, 'start over, again'),
  phrase(String.raw`\b(?:go|goes|going|gone|went) on\b(?! (?:the|a|an)\b)`, 'resume, continue'),
  phrase(String.raw`\bowe[ds]?\b`, 'pending'),
  phrase(String.raw`\bkits?\b`, 'node toolkit'),
  phrase(String.raw`\b(?:be|was|were) had\b`, 'be read, available'),
  phrase(String.raw`\btold\b`, 'reported, shown'),
  phrase(String.raw`\bwhoever\b`, 'the user who, anyone who'),
  phrase(String.raw`\bin (?:the )?clear\b`, 'unencrypted'),
  phrase(String.raw`\bkept off\b`, 'kept disabled'),
  phrase(String.raw`\b(?:broken|breaks?|broke) off\b`, 'cancelled, interrupted'),
  phrase(String.raw`\bcame out\b`, 'differs from the plan'),
  phrase(String.raw`\bother than (?:planned|approved)\b`, 'changed since the plan'),
  phrase(String.raw`\bran in the lab\b|\bproven in the lab\b`, 'tested with'),
];

/** Refused in what users read. */
export const VISIBLE: readonly Phrase[] = [
  ...EVERYWHERE,
  phrase(String.raw`\bsettl(?:e[ds]?|ing)\b`, 'drain'),
  phrase(String.raw`\btells?\b`, 'shows, reports'),
  phrase(String.raw`\bby (?:itself|themselves)\b`, 'automatically'),
  phrase(String.raw`\bas the answers say\b`, 'up to date'),
  phrase(String.raw`\bnot known (?:whether|if|yet)\b|\bis not known\b`, 'outcome unknown, unknown'),
  phrase(String.raw`\b(?:does|do|did) not answer\b|\bdoesn't answer\b`, 'unreachable'),
  phrase(String.raw`\b(?:is|are) gone\b`, 'unreachable, missing'),
  phrase(String.raw`\b(?:is|are|was|were) not there\b`, 'missing'),
  phrase(String.raw`(?<!\bthere )\b(?:is|are|was) no (?!longer\b|more than\b)`, 'is not'),
  phrase(String.raw`\b(?:cannot|could not|can) be asked\b`, 'cannot be checked'),
  phrase(String.raw`\bno end (?:came|on)\b`, 'timed out'),
  phrase(String.raw`\bin passing\b`, 'at the same time'),
  phrase(String.raw`\bshall\b`, 'should, must'),
  phrase(String.raw`\bwants\b`, 'requires'),
  phrase(String.raw`\bcan't\b`, 'cannot'),
  phrase(String.raw`\bdo it\b`, 'name the action'),
  phrase(String.raw`\bsession of nobody\b`, 'guest session'),
  phrase(String.raw`\b(?:lies|lie) (?:on|in|below|beside|under)\b`, 'is in'),
  phrase(String.raw`\bstands? (?:in(?! the way)|on|under|there|here|twice)\b`, 'is'),
  phrase(String.raw`\bnot let (?:\S+ )?in\b`, 'rejects the login'),
  phrase(String.raw`\b(?:for|one) ever\b`, 'forever'),
  phrase(String.raw`[a-z]!(?:\s|$)`, 'no exclamation mark'),
];
