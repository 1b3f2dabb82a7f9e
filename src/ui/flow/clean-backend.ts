/** Everything that the app gives an interactive front end passes here: made safe to print before it becomes state. */

import { cleanDeep, printableError } from '../../core/clean-deep.js';
import type { Emit, Frontend } from '../../core/events.js';
import type { WizardBackend } from '../wizard-port.js';

const emitClean =
  (emit: Emit): Emit =>
  (event) =>
    emit(cleanDeep(event));

const frontendOf = (frontend: Frontend): Frontend => ({
  emit: emitClean(frontend.emit),
  approve: (plan, irreversible, situation) => frontend.approve(cleanDeep(plan), cleanDeep(irreversible), situation),
});

/** What it promises or throws, clean. */
async function answer<T>(work: Promise<T>): Promise<T> {
  try {
    return cleanDeep(await work);
  } catch (thrown) {
    throw printableError(thrown);
  }
}

/** The same backend, its answers, events and errors free of anything that a terminal would act on. */
export function cleanBackend(inner: WizardBackend): WizardBackend {
  const { extendTrial, sshHosts, findUnfinished, resume } = inner;
  return {
    findSites: (signal) => answer(inner.findSites(signal)),
    tryNode: (node, login, signal) => answer(inner.tryNode(node, login, signal)),
    // Facts are what questions are made of too: several lines stay lines there.
    survey: (input, emit, signal) => answer(inner.survey(input, emitClean(emit), signal)),
    plan: (input, emit, signal) => answer(inner.plan(input, emitClean(emit), signal)),
    apply: (plan, input, frontend, stop, goOn) => answer(inner.apply(plan, input, frontendOf(frontend), stop, goOn)),
    verify: (input, emit, signal) => answer(inner.verify(input, emitClean(emit), signal)),
    rollback: (input, frontend, stop) => answer(inner.rollback(input, frontendOf(frontend), stop)),
    confirmTrial: (emit) => answer(inner.confirmTrial(emitClean(emit))),
    revertTrial: (emit) => answer(inner.revertTrial(emitClean(emit))),
    saveAnswers: (answers, path) => answer(inner.saveAnswers(answers, path)),
    ...(extendTrial ? { extendTrial: (emit: Emit) => answer(extendTrial(emitClean(emit))) } : {}),
    ...(sshHosts ? { sshHosts: () => answer(sshHosts()) } : {}),
    ...(findUnfinished ? { findUnfinished: () => answer(findUnfinished()) } : {}),
    ...(resume ? { resume: (input, frontend, stop) => answer(resume(input, frontendOf(frontend), stop)) } : {}),
  };
}
