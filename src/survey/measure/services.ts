/** Round trips to the cache services from one node. The password travels on standard input only. */

import { randomBytes } from 'node:crypto';
import type { ServiceMeasure } from '../../core/measure.js';
import { serviceMeasures } from '../../intake/measure.js';
import type { SurveyService } from '../survey.js';
import { type ProbeHost, runProbe } from './probe.js';

const SECONDS = 3;

/** One PHP process for all services of a node. @throws WizardError */
export async function measureServices(host: ProbeHost, services: readonly SurveyService[]): Promise<readonly ServiceMeasure[]> {
  if (services.length === 0) return [];
  const key = `mcw-probe-${randomBytes(12).toString('hex')}`;
  const measures = await runProbe(host, { probe: 'services', request: { services, key, seconds: SECONDS }, seconds: SECONDS + 10 }, serviceMeasures);
  return measures.filter((m) => services.some((s) => s.service === m.service));
}
