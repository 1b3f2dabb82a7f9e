/** Small-file times of the places of one node that caches may lie in. */

import type { MoodleNodeFacts } from '../../core/facts.js';
import { localcacheOn } from '../../core/local-folder.js';
import type { PlaceMeasure } from '../../core/measure.js';
import { placeMeasures } from '../../intake/measure.js';
import { type ProbeHost, probeName, runProbe } from './probe.js';

/** A node is measured in some ten seconds, with the look across nodes and the services. */
const SECONDS = 3.5;

const below = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder.replace(/\/+$/, '')}/`);

/** The places of a node: localcachedir counts as local only where it does not lie on the share. */
export function placesOf(moodle: MoodleNodeFacts): readonly { readonly place: PlaceMeasure['place']; readonly path: string }[] {
  return [
    { place: 'dataroot' as const, path: moodle.dataroot },
    ...(below(moodle.cachedir, moodle.dataroot) ? [] : [{ place: 'cachedir' as const, path: moodle.cachedir }]),
    { place: 'local' as const, path: localcacheOn(moodle) === 'node' ? moodle.localcachedir : '/var/tmp' },
    { place: 'tmpfs' as const, path: '/dev/shm' },
  ];
}

/** @throws WizardError */
export async function measureDisk(host: ProbeHost, moodle: MoodleNodeFacts): Promise<readonly PlaceMeasure[]> {
  const places = placesOf(moodle);
  const parents = places.map((p) => p.path);
  return runProbe(host, { probe: 'disk', request: { places, seconds: SECONDS }, parents, name: probeName(), seconds: SECONDS }, placeMeasures);
}
