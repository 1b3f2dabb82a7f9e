/** The backend behind the first screen: the engine, SSH and all they need are loaded when the first question is asked of them. */

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
      if (!resume) throw missing('way to go on with a run');
      return resume(...args);
    },
    extendTrial: async (...args) => {
      const { extendTrial } = await backend();
      if (!extendTrial) throw missing('trial that can be prolonged');
      return extendTrial(...args);
    },
  };
}
