/** The context that handlers work in, made from a session and a run. */

import type { Emit } from '../../core/events.js';
import type { ApplyContext } from '../handler.js';
import { sessionSite } from '../points.js';
import type { Session } from '../session/session.js';
import { keepBefore, restoreFile } from './node-records.js';

export interface RunIdentity {
  readonly run: string;
  readonly restorePoint: string;
}

/** A run's id: sortable by time, and distinct when two begin in one second. */
export function newRunId(now: () => Date, random: () => string): string {
  return `${now().toISOString().replace(/[-:]/g, '').slice(0, 15)}-${random()}`;
}

/** Makes a handler context; its facts are those of the session's last survey. */
export function runContext(session: Session, identity: RunIdentity, emit: Emit, signal: AbortSignal): ApplyContext {
  return {
    run: identity.run,
    toolkitDir: session.toolkitDir,
    restorePoint: identity.restorePoint,
    get site() {
      return sessionSite(session);
    },
    record: session.record,
    cluster: session.cluster,
    answers: session.answers,
    get facts() {
      return session.facts();
    },
    emit,
    signal,
    endpoints: () => session.endpoints(),
    executor: (node) => session.executor(node),
    bridge: (node) => session.bridge(node),
    secret: (name) => session.secret(name),
    keepBefore: (node, path) => keepBefore(session.executor(node), session.toolkitDir, identity.restorePoint, path),
    restoreFile: (node, path, id) => restoreFile(session.executor(node), session.toolkitDir, identity.restorePoint, path, id),
  };
}
