/** The procedure, one line a step, in the guide's order. The only place that knows the order. */

import type { Step } from '../src/track/step.js';
import { needsStep } from './caches/1-needs.js';
import { servicesStep } from './caches/2-services.js';
import { modulesStep } from './caches/3-modules.js';
import { storesStep } from './caches/4-stores.js';
import { mappingsStep } from './caches/5-mappings.js';

export const STEPS: readonly Step[] = [needsStep, servicesStep, modulesStep, storesStep, mappingsStep];
