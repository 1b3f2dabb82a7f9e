/** Ids of the steps of the track `caches`: what checks, findings and errors of the cache domain belong to. They never change once released. */

export const CACHE_STEP = {
  needs: 'caches.needs',
  services: 'caches.services',
  modules: 'caches.modules',
  stores: 'caches.stores',
  mappings: 'caches.mappings',
} as const;
