/** Where a command's answers come from: the file given, or what the last run left in the site record of this machine. */

import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { loadAnswers, loadDraft } from '../answers/load.js';
import type { Answers } from '../answers/schema.js';
import type { Cluster } from '../core/cluster.js';
import { WizardError, withDetails } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import { RECORD_ROOT } from '../records/paths.js';
import type { SiteCard } from '../records/site-record.js';

export interface LoadedAnswers {
  readonly answers: Answers;
  readonly cluster: Cluster;
  readonly file: string;
}

/** @throws WizardError `answers-invalid` with every fault, or `site-unknown` with the list of sites */
export function findAnswers(options: { readonly answers?: string; readonly site?: string }): LoadedAnswers {
  return options.answers === undefined ? fromSiteRecord(options.site) : fromFile(options.answers);
}

const UNREADABLE: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `There is no answers file ${file}.`,
  EACCES: (file) => `The answers file ${file} may not be read by ${userInfo().username}.`,
  EISDIR: (file) => `${file} is a folder, not an answers file.`,
};

/** The text of an answers file. @throws WizardError `usage` */
export function readAnswersText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new WizardError('usage', UNREADABLE[code ?? '']?.(file) ?? `Cannot read the answers file ${file}: ${message}.`, {
      cause,
      remedies: code === 'ENOENT' ? [remedy`Make one with: moodle-cluster-wizard answers init > answers.yaml`] : [remedy`Look at it: ${sh`ls -l ${file}`}`],
    });
  }
}

/** Answers and cluster of a file. @throws WizardError `usage`, `answers-invalid` with every fault */
export function fromFile(file: string): LoadedAnswers {
  const text = readAnswersText(file);
  return withRemedy(file, () => ({ ...loadAnswers(text, file), file }));
}

/** The answers of a file that need not be complete. @throws WizardError `usage`, `answers-invalid` with every fault */
export function draftFromFile(file: string): Readonly<Record<string, unknown>> {
  const text = readAnswersText(file);
  return withRemedy(file, () => loadDraft(text, file));
}

function withRemedy<T>(file: string, load: () => T): T {
  try {
    return load();
  } catch (thrown) {
    if (!(thrown instanceof WizardError)) throw thrown;
    throw withDetails(thrown, { remedies: [remedy`Correct it, then check it without touching anything: ${sh`moodle-cluster-wizard answers check ${file}`}`] });
  }
}

function sites(): readonly SiteCard[] {
  const root = join(RECORD_ROOT, 'sites');
  try {
    return readdirSync(root).flatMap((id) => {
      try {
        return [JSON.parse(readFileSync(join(root, id, 'site.json'), 'utf8')) as SiteCard];
      } catch {
        return [];
      }
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return [];
    throw new WizardError('not-allowed', `The site records under ${root} can be read by root only.`, {
      remedies: [remedy`Run as root, or give --answers FILE.`],
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
    throw new WizardError('site-unknown', 'No site is on record on this machine.', { remedies: [remedy`Give --answers FILE, or run this on the main node.`] });
  }
  throw new WizardError(
    'site-unknown',
    wanted === undefined ? 'Several sites are on record on this machine.' : `No site "${wanted}" is on record on this machine.`,
    {
      evidence: list,
      remedies: [remedy`Choose one with --site ID.`],
    },
  );
}
