/** The review: every answer in the order it was asked, with the page that changes it. */

import { getAt } from '../../answers/draft.js';
import { clean } from '../../core/clean.js';
import { allQuestions, pageId } from './pages.js';
import { type FlowQuestion, showAnswer } from './question.js';
import { contextOf, sections } from './selectors.js';
import type { FlowState } from './state.js';

export interface ReviewRow {
  readonly page: string;
  readonly section: string;
  readonly label: string;
  readonly value: string;
  /** True for what is left at its default and only asked from here. */
  readonly advanced: boolean;
}

/** Rows of the review. The question that ends a list of entries is not shown: it says nothing. */
export function reviewRows(state: FlowState): readonly ReviewRow[] {
  const questions = allQuestions(contextOf(state));
  const infos = new Map(sections(state).map((s) => [s.id, s.number === '' ? s.short : `${s.number} ${s.short}`]));
  const said = ({ key, begins }: FlowQuestion) => begins === undefined || begins.endsWith('.0') || getAt(state.draft, key) !== undefined;
  return questions
    .filter((q) => said(q))
    .map((q) => ({
      page: pageId(q),
      section: infos.get(q.section) ?? q.section,
      label: clean(q.label),
      value: showAnswer(q, getAt(state.draft, q.key)),
      advanced: q.advanced === true,
    }));
}
