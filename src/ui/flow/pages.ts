/** The wizard's pages in order: a pure function of the answers and of what was found, so that Back never loses anything. */

import type { FlowContext } from './context.js';
import type { FlowQuestion, SectionId } from './question.js';
import { moduleQuestions, needsQuestions } from './questions-needs.js';
import { serviceQuestions } from './questions-services.js';
import { nodeQuestions, siteQuestions } from './questions-site.js';
import { mappingQuestions, storeQuestions } from './questions-stores.js';

export type PageKind = 'welcome' | 'unfinished' | 'question' | 'connect' | 'survey' | 'advice' | 'review' | 'plan' | 'run' | 'result';

export interface Page {
  readonly id: string;
  readonly kind: PageKind;
  readonly section: SectionId;
  readonly question?: FlowQuestion;
}

/** Every question that could be asked now, advanced ones too, in order. */
export function allQuestions(context: FlowContext): readonly FlowQuestion[] {
  return [siteQuestions, nodeQuestions, needsQuestions, serviceQuestions, moduleQuestions, storeQuestions, mappingQuestions].flatMap((q) => q(context));
}

/** The id of a question's page. One key may have two questions (choose, then list). */
export function pageId(question: FlowQuestion): string {
  return `${question.kind}:${question.key}`;
}

function questionPages(questions: readonly FlowQuestion[], advanced: boolean): readonly Page[] {
  return questions
    .filter((q) => advanced || q.advanced !== true)
    .map((question) => ({ id: pageId(question), kind: 'question', section: question.section, question }));
}

/** The pages in order. With `advanced`, also those that only the review leads to. */
export function pages(context: FlowContext, options: { readonly unfinished: boolean; readonly advanced: boolean }): readonly Page[] {
  const ask = (questions: (c: FlowContext) => readonly FlowQuestion[]) => questionPages(questions(context), options.advanced);
  const fixed = (kind: PageKind, section: SectionId): Page => ({ id: kind, kind, section });
  return [
    fixed('welcome', 'site'),
    ...(options.unfinished ? [fixed('unfinished', 'site')] : []),
    ...ask(siteQuestions),
    ...ask(nodeQuestions),
    // Nodes are tried while these are answered.
    ...ask(needsQuestions),
    fixed('connect', 'needs'),
    fixed('survey', 'needs'),
    fixed('advice', 'needs'),
    ...ask(serviceQuestions),
    ...ask(moduleQuestions),
    ...ask(storeQuestions),
    ...ask(mappingQuestions),
    fixed('review', 'run'),
    fixed('plan', 'run'),
    fixed('run', 'run'),
    fixed('result', 'run'),
  ];
}
