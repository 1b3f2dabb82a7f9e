/** How many people use the site in a busy hour: as answered, else according to the site's database. Pure. */

import type { SiteUse } from '../core/measure.js';
import type { AdviceContext } from './context.js';

/** Shares of those who came in a day, in thirty days, and of all accounts, that a busy hour has at least (our numbers): a look on a quiet day is not the site. */
const OF_DAY = 4;
const OF_MONTH = 20;
const OF_ACCOUNTS = 100;

/** The most that the last hour, day and month and the number of accounts speak for; undefined when nobody was there. */
export function busyHour(use: SiteUse | null): number | undefined {
  const { activeHour, activeDay, activeMonth, users } = use ?? {};
  const lately = Math.max(activeHour ?? 0, activeDay ?? 0, activeMonth ?? 0);
  if (lately === 0) return undefined;
  // Accounts that nobody has used for a month, imported ones say, speak for nobody.
  const accounts = Math.min(activeMonth ?? activeDay ?? 0, Math.ceil((users ?? 0) / OF_ACCOUNTS));
  return Math.max(activeHour ?? 0, Math.ceil((activeDay ?? 0) / OF_DAY), Math.ceil((activeMonth ?? 0) / OF_MONTH), accounts);
}

/** What was found in the tables, in words; null where the number was answered. */
function found({ answers, facts }: AdviceContext): string | null {
  const use = facts.measured?.use;
  if (answers.needs?.users !== undefined || !use) return null;
  const part = (n: number | null, words: string): readonly string[] => (n === null ? [] : [`${n} ${words}`]);
  return [
    ...part(use.activeHour, 'in the last hour'),
    ...part(use.activeDay, 'in the last day'),
    ...part(use.activeMonth, 'in the last 30 days'),
    ...part(use.users, 'accounts in total'),
  ].join(', ');
}

/** A sentence with the number and where it comes from. */
export function peopleText(context: AdviceContext): string {
  if (context.users === undefined) return 'The number of people in a busy hour is not set.';
  const tables = found(context);
  const people = `${context.users} people use the site in a busy hour`;
  return tables === null ? `${people}.` : `According to the site's database (${tables}), about ${people}.`;
}

/** The number within a sentence. */
export function peopleWords(context: AdviceContext, users: number): string {
  return `${users} people use the site in a busy hour${found(context) === null ? '' : " according to the site's database"}`;
}
