/** What can be read from the wizard's state: pages, stamps, nodes. Pure; nothing here changes it. */

import { getAt, tidy } from '../../answers/draft.js';
import { effects } from '../../core/change.js';
import { dirrootOf, type FlowContext, nodesOf, sourcesOf } from './context.js';
import { type Page, pages, surveyKeys, titlesOf } from './pages.js';
import { printable } from './question.js';
import { type SectionInfo, sectionsOf } from './sections.js';
import type { FlowState, Task } from './state.js';

/** What questions are made from. */
export function contextOf(state: FlowState): FlowContext {
  const survey = state.survey.state === 'done' ? state.survey.value : null;
  return {
    answers: state.draft,
    facts: survey?.facts ?? null,
    advice: survey?.advice ?? null,
    tracks: state.tracks,
    sites: state.sites.state === 'done' ? state.sites.value : [],
    sshHosts: state.sshHosts,
  };
}

/** All pages; with `advanced`, also those that only the review leads to. */
export function pagesOf(state: FlowState, advanced = false): readonly Page[] {
  return pages(contextOf(state), { unfinished: state.unfinished !== null, advanced });
}

/** The page that is open. */
export function currentPage(state: FlowState): Page {
  const all = pagesOf(state, true);
  const key = state.page.split(':')[1];
  // A question may change its kind when more becomes known: it stays the same question.
  const page = all.find((p) => p.id === state.page) ?? all.find((p) => key !== undefined && p.question?.key === key) ?? (all[0] as Page);
  return page.question ? { ...page, question: printable(page.question) } : page;
}

/** The sections of the track that the answers are for. */
export function sections(state: FlowState): readonly SectionInfo[] {
  return sectionsOf(titlesOf(contextOf(state)));
}

/** The section of the open page. */
export function currentSection(state: FlowState): SectionInfo {
  const { section } = currentPage(state);
  const info = sections(state).find((s) => s.id === section);
  if (!info) throw new Error(`no section ${section}`);
  return info;
}

/** For which answers a node was tried. */
export function trialStamp(state: FlowState, node: string): string {
  return JSON.stringify([nodesOf(state.draft).find((n) => n.name === node), getAt(state.draft, 'ssh'), dirrootOf(state.draft), [...state.secrets.keys()]]);
}

/** A command that gives a password may ask the person something itself: not while a question of ours is open. */
function asksItself(state: FlowState): boolean {
  return Object.entries(sourcesOf(state.draft) ?? {}).some(([name, source]) => source.startsWith('cmd:') && !state.secrets.has(name));
}

/** True for a step whose questions come before the survey. */
function isBeforeSurvey(state: FlowState, section: string | undefined): boolean {
  return titlesOf(contextOf(state)).steps.some((s) => s.id === section && s.beforeSurvey === true);
}

/** True where nodes are tried: on the page that tells of it, and behind the questions before it, which are not about nodes any more. */
export function triesNodes(state: FlowState): boolean {
  const { kind, question } = currentPage(state);
  return kind === 'connect' || (isBeforeSurvey(state, question?.section) && !state.editing && !asksItself(state));
}

/** For which answers the survey was made. */
export function surveyStamp(state: FlowState): string {
  return JSON.stringify(surveyKeys(contextOf(state)).map((k) => getAt(state.draft, k)));
}

/** For which answers the plan was made. */
export function planStamp(state: FlowState): string {
  return JSON.stringify(tidy(state.draft));
}

/** True when a task is done, for the answers as they are now. */
export function isFresh<T>(task: Task<T>, stamp: string): task is Extract<Task<T>, { state: 'done' }> {
  return task.state === 'done' && task.stamp === stamp;
}

/** What approving the plan means: a plan without effects is proven, unless a run that was not finished has still to be brought to its end. */
export function runKindOf(state: FlowState): 'apply' | 'verify' {
  return state.plan.state === 'done' && effects(state.plan.value).length === 0 && state.unfinished === null ? 'verify' : 'apply';
}

/** Nodes that take part. */
export function activeNodeNames(state: FlowState): readonly string[] {
  return nodesOf(state.draft).flatMap((n) => (n.state === 'out' ? [] : [n.name]));
}

/** Nodes that take part, and could not be reached with the answers as they are now. */
export function notReached(state: FlowState): readonly string[] {
  return activeNodeNames(state).filter((n) => {
    const task = state.trials[n];
    if (task === undefined || task.state === 'idle' || task.stamp !== trialStamp(state, n)) return false;
    return task.state === 'failed' || (task.state === 'done' && !task.value.ok);
  });
}

/** True when every node was reached with the answers as they are now. */
export function allReached(state: FlowState): boolean {
  return activeNodeNames(state).every((n) => {
    const task = state.trials[n];
    return task !== undefined && isFresh(task, trialStamp(state, n)) && task.value.ok;
  });
}
