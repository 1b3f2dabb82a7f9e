/** The wizard's pages in order: a pure function of the answers and of what was found, so that Back never loses anything. */

import { trackOf } from '../../track/choose.js';
import type { StepTitle, TrackTitles } from '../../track/titles.js';
import type { FlowContext } from './context.js';
import { type FlowQuestion, flowQuestion } from './question.js';
import { nodeQuestions, siteQuestions } from './questions-site.js';

export type PageKind = 'welcome' | 'unfinished' | 'question' | 'connect' | 'survey' | 'advice' | 'review' | 'plan' | 'run' | 'result';

export interface Page {
  readonly id: string;
  readonly kind: PageKind;
  /** The id of a section (`sections.ts`). */
  readonly section: string;
  readonly question?: FlowQuestion;
}

/** The track that the answers so far are for. @throws Error when there is no track at all */
export function titlesOf({ answers, tracks }: Pick<FlowContext, 'answers' | 'tracks'>): TrackTitles {
  const id = trackOf(answers, tracks);
  const found = tracks.find((t) => t.id === id) ?? tracks[0];
  if (!found) throw new Error('no track');
  return found;
}

const ofSite = (context: FlowContext) => siteQuestions(context).map((q) => flowQuestion(q, 'site', context.answers));
const ofNodes = (context: FlowContext) => nodeQuestions(context).map((q) => flowQuestion(q, 'nodes', context.answers));
const ofSteps = (context: FlowContext, steps: readonly StepTitle[]) =>
  steps.flatMap((step) => step.questions(context).map((q) => flowQuestion(q, step.id, context.answers)));

/** Steps whose questions are asked before the survey, and the others. */
function parted({ steps }: TrackTitles): { readonly before: readonly StepTitle[]; readonly after: readonly StepTitle[] } {
  return { before: steps.filter((s) => s.beforeSurvey === true), after: steps.filter((s) => s.beforeSurvey !== true) };
}

/** Every question that could be asked now, advanced ones too, in order. */
export function allQuestions(context: FlowContext): readonly FlowQuestion[] {
  const { before, after } = parted(titlesOf(context));
  return [...ofSite(context), ...ofNodes(context), ...ofSteps(context, [...before, ...after])];
}

/** Top-level keys of the answers that decide what the survey looks at. */
export function surveyKeys(context: FlowContext): readonly string[] {
  const asked = ofSteps(context, parted(titlesOf(context)).before).map((q) => q.key.split('.')[0] ?? '');
  return ['track', 'moodle', 'ssh', 'nodes', ...new Set(asked)];
}

/** The id of a question's page. One key may have two questions (choose, then list). */
export function pageId(question: FlowQuestion): string {
  return `${question.kind}:${question.key}`;
}

/** The pages in order. With `advanced`, also those that only the review leads to. */
export function pages(context: FlowContext, options: { readonly unfinished: boolean; readonly advanced: boolean }): readonly Page[] {
  const titles = titlesOf(context);
  const { before, after } = parted(titles);
  const ask = (questions: readonly FlowQuestion[]): readonly Page[] =>
    questions
      .filter((q) => options.advanced || q.advanced !== true)
      .map((question) => ({ id: pageId(question), kind: 'question', section: question.section, question }));
  const fixed = (kind: PageKind, section: string): Page => ({ id: kind, kind, section });
  const surveyed = before.at(-1)?.id ?? 'nodes';
  return [
    fixed('welcome', 'site'),
    ...(options.unfinished ? [fixed('unfinished', 'site')] : []),
    ...ask(ofSite(context)),
    ...ask(ofNodes(context)),
    // Nodes are tried while these are answered.
    ...ask(ofSteps(context, before)),
    fixed('connect', surveyed),
    fixed('survey', surveyed),
    ...(titles.advises === true ? [fixed('advice', surveyed)] : []),
    ...ask(ofSteps(context, after)),
    fixed('review', 'run'),
    fixed('plan', 'run'),
    fixed('run', 'run'),
    fixed('result', 'run'),
  ];
}
