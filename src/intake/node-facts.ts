/** Schema of what moodle-node.php answers: parts of NodeFacts. */

import * as z from 'zod';
import { answerInvalid, checked } from './check.js';
import { parseJson } from './json.js';
import { moodleFacts, phpPool, reachFacts } from './moodle-facts.js';
import { absolutePath, count, line, list, text, webUserName } from './types.js';

const POOLS = 500;

const moodleAnswer = (dirroot: string) =>
  z
    .object({
      phpBinary: absolutePath.nullable().exactOptional(),
      phpAlone: absolutePath.nullable().exactOptional(),
      webUser: webUserName.nullable().exactOptional(),
      webUserRefused: z.object({ asked: line(200), known: list(line(200), POOLS) }).exactOptional(),
      sitePool: count.nullable().exactOptional(),
      sitePools: list(count, POOLS).exactOptional(),
      otherSites: list(absolutePath, 20_000).exactOptional(),
      clones: list(absolutePath, 20_000).exactOptional(),
      notes: list(text(1000), 200).exactOptional(),
      mucStamp: line(100).exactOptional(),
      pools: list(phpPool, POOLS).exactOptional(),
      moodle: moodleFacts(dirroot).nullable().exactOptional(),
      moodleError: text(2000).exactOptional(),
      reach: list(reachFacts, 500).exactOptional(),
    })
    .refine(
      ({ pools, sitePool, sitePools }) =>
        [...(sitePools ?? []), ...(sitePool === null || sitePool === undefined ? [] : [sitePool])].every((n) => n < (pools?.length ?? 0)),
      {
        error: 'must refer to listed pools',
        path: ['sitePools'],
      },
    );

export type MoodleAnswer = z.infer<ReturnType<typeof moodleAnswer>>;

/** `line`: the JSON that moodle-node.php printed. Null when it is no JSON at all. @throws WizardError `answer-invalid` */
export function readMoodleAnswer(node: string, text: string, dirroot: string): MoodleAnswer | null {
  const json = parseJson(text);
  if (!json.ok && json.tooMuch) throw answerInvalid({ node, what: 'survey of Moodle' }, [json.why]);
  if (!json.ok) return null;
  return checked(moodleAnswer(dirroot), json.value, { node, what: 'survey of Moodle' });
}
