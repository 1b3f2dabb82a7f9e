/** The backend behind the first screen: the engine and SSH are loaded with the first request. */

import type { WizardBackend } from '../ui/wizard-port.js';

/** A backend that is loaded once, by the first call. */
export function lazyBackend(load: () => Promise<WizardBackend>): WizardBackend {
  let loaded: Promise<WizardBackend> | undefined;
  const backend = () => {
    loaded ??= load();
    return loaded;
  };
  const missing = (what: string) => new Error(`this backend has no ${what}`);
  return {
    findSites: async (...args) => (await backend()).findSites(...args),
    tryNode: async (...args) => (await backend()).tryNode(...args),
    survey: async (...args) => (await backend()).survey(...args),
    plan: async (...args) => (await backend()).plan(...args),
    apply: async (...args) => (await backend()).apply(...args),
    verify: async (...args) => (await backend()).verify(...args),
    rollback: async (...args) => (await backend()).rollback(...args),
    confirmTrial: async (...args) => (await backend()).confirmTrial(...args),
    revertTrial: async (...args) => (await backend()).revertTrial(...args),
    saveAnswers: async (...args) => (await backend()).saveAnswers(...args),
    sshHosts: async () => (await backend()).sshHosts?.() ?? [],
    findUnfinished: async () => (await backend()).findUnfinished?.() ?? null,
    resume: async (...args) => {
      const { resume } = await backend();
      if (!resume) throw missing('resume');
      return resume(...args);
    },
    extendTrial: async (...args) => {
      const { extendTrial } = await backend();
      if (!extendTrial) throw missing('extendTrial');
      return extendTrial(...args);
    },
  };
}
