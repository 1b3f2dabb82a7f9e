/** The guide's steps by id, for headings and "where" lines. */

export interface GuideStep {
  readonly id: string;
  /** The guide's number. */
  readonly number: string;
  /** A word or two for rails and tables. */
  readonly short: string;
  readonly title: string;
}

export const GUIDE_STEPS: readonly GuideStep[] = [
  { id: 'caches.needs', number: '1', short: 'Needs', title: 'Determine your specific need for caches' },
  { id: 'caches.services', number: '2', short: 'Services', title: 'Configure the cache services, test and verify them' },
  { id: 'caches.modules', number: '3', short: 'Modules', title: 'Install the cache support on the servers' },
  { id: 'caches.stores', number: '4', short: 'Stores', title: 'Create the store instances' },
  { id: 'caches.mappings', number: '5', short: 'Mappings', title: 'Map the definitions to the store instances' },
];

/** `step 3, Install the cache support on the servers`; the id itself for steps of other tracks. */
export function stepWords(id: string): string {
  const step = GUIDE_STEPS.find((s) => s.id === id);
  return step ? `step ${step.number} of the guide, "${step.title}"` : `step ${id}`;
}

export const STAGE_TITLES = { services: 'cache services', modules: 'PHP modules', muc: "Moodle's cache configuration" } as const;
