/** Where a command's answers come from: the given file, or the site record that the last run left on this machine. */

import { userInfo } from 'node:os';
import { join } from 'node:path';
import { loadAnswers, loadDraft } from '../answers/load.js';
import type { Answers } from '../answers/schema.js';
import type { Cluster } from '../core/cluster.js';
import { WizardError, withDetails } from '../core/errors.js';
import type { SiteCard } from '../core/record.js';
import { remedy, sh } from '../core/remedy.js';
import { siteCard } from '../intake/records.js';
import { asFault, faultError } from '../local/fault.js';
import { mustNamesIn } from '../local/look.js';
import { readBounded, readTrusted } from '../local/read.js';
import { RECORD_ROOT } from '../records/paths.js';

export interface LoadedAnswers {
  readonly answers: Answers;
  readonly cluster: Cluster;
  readonly file: string;
}

/** @throws WizardError `answers-invalid` with every problem, or `site-unknown` with the list of sites */
export function findAnswers(options: { readonly answers?: string; readonly site?: string }): LoadedAnswers {
  return options.answers === undefined ? fromSiteRecord(options.site) : fromFile(options.answers);
}

const UNREADABLE: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `The answers file ${file} does not exist.`,
  EACCES: (file) => `Cannot read the answers file ${file} as ${userInfo().username}: permission denied.`,
};

/** Answers of 500 nodes take some 100 KiB. */
const MAX_ANSWERS_BYTES = 4_194_304;
const MAX_CARD_BYTES = 1_048_576;

/**
 * The text of an answers file, after the check that only root or the user who runs the wizard can have written it: it names the folder whose code is run,
 * the user it is run as, and where secrets are sent.
 * @throws WizardError `usage`, `file-untrusted`
 */
export function readAnswersText(file: string): string {
  try {
    return readTrusted(file, { limit: MAX_ANSWERS_BYTES }).toString('utf8');
  } catch (cause) {
    const { code } = asFault(cause);
    const unreadable = UNREADABLE[code]?.(file);
    const remedies =
      code === 'ENOENT' ? [remedy`Create one: moodle-cluster-wizard answers init > answers.yaml`] : [remedy`Check its owner and mode: ${sh`ls -l -- ${file}`}`];
    if (unreadable !== undefined) throw new WizardError('usage', unreadable, { cause, remedies });
    throw faultError('Cannot use the answers file', file, cause, 'usage', remedies);
  }
}

/** Answers and cluster of a file. @throws WizardError `usage`, `answers-invalid` with every problem */
export function fromFile(file: string): LoadedAnswers {
  const text = readAnswersText(file);
  return withRemedy(file, () => ({ ...loadAnswers(text, file), file }));
}

/** The answers of a file that may be incomplete. @throws WizardError `usage`, `answers-invalid` with every problem */
export function draftFromFile(file: string): Readonly<Record<string, unknown>> {
  const text = readAnswersText(file);
  return withRemedy(file, () => loadDraft(text, file));
}

function withRemedy<T>(file: string, load: () => T): T {
  try {
    return load();
  } catch (thrown) {
    if (!(thrown instanceof WizardError)) throw thrown;
    throw withDetails(thrown, { remedies: [remedy`Correct the file, then check it: ${sh`moodle-cluster-wizard answers check ${file}`}`] });
  }
}

function sites(): readonly SiteCard[] {
  const root = join(RECORD_ROOT, 'sites');
  try {
    return mustNamesIn(root).flatMap((id) => {
      try {
        const card = siteCard.parse(JSON.parse(readBounded(join(root, id, 'site.json'), MAX_CARD_BYTES).toString('utf8')));
        // The folder name decides: a card that names another site would lead to the answers of that site.
        return card.site === id ? [card] : [];
      } catch {
        return [];
      }
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return [];
    throw new WizardError('not-allowed', `Only root can read the site records in ${root}.`, {
      remedies: [remedy`Run the command as root, or name an answers file with --answers FILE.`],
    });
  }
}

function fromSiteRecord(wanted: string | undefined): LoadedAnswers {
  const known = sites();
  const found = wanted === undefined ? known : known.filter((s) => s.site === wanted);
  const [site] = found;
  if (site && found.length === 1) return fromFile(join(RECORD_ROOT, 'sites', site.site, 'answers.yaml'));
  const list = known.map((s) => `${s.site}  ${s.cluster}  ${s.dirroot}  ${s.wwwroot}`);
  if (known.length === 0) {
    throw new WizardError('site-unknown', 'No site is recorded on this server.', {
      remedies: [remedy`Name an answers file with --answers FILE, or run the command on the main node.`],
    });
  }
  throw new WizardError(
    'site-unknown',
    wanted === undefined ? 'Several sites are recorded on this server.' : `No site "${wanted}" is recorded on this server.`,
    {
      evidence: list,
      remedies: [remedy`Choose one with --site ID.`],
    },
  );
}
