/** The review: every answer in the order it was asked, with the page that changes it. */

import { clean } from '../../core/clean.js';
import { getAt } from './draft.js';
import { allQuestions, pageId } from './pages.js';
import { type FlowQuestion, sectionInfo, showAnswer } from './question.js';
import { contextOf } from './selectors.js';
import type { FlowState } from './state.js';

export interface ReviewRow {
  readonly page: string;
  readonly section: string;
  readonly label: string;
  readonly value: string;
  /** True for what is left at its default and only asked from here. */
  readonly advanced: boolean;
}

/** Rows of the review. The trailing "no more services" question is left out: it says nothing. */
export function reviewRows(state: FlowState): readonly ReviewRow[] {
  const questions = allQuestions(contextOf(state));
  const said = (q: FlowQuestion) => !(q.key.endsWith('.plugin') && q.key !== 'services.0.plugin' && getAt(state.draft, q.key) === undefined);
  return questions
    .filter((q) => said(q))
    .map((q) => {
      const info = sectionInfo(q.section);
      return {
        page: pageId(q),
        section: info.number === '' ? info.short : `${info.number} ${info.short}`,
        label: clean(q.label),
        value: showAnswer(q, getAt(state.draft, q.key)),
        advanced: q.advanced === true,
      };
    });
}
