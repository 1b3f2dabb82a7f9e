/** The bridge does the same on every Moodle: our stand-in in both generations, and each real release that is there. */

import { describe } from 'vitest';
import { factsTests } from './bridge-contract/facts.js';
import { liveFileTests } from './bridge-contract/live-file.js';
import { provingTests } from './bridge-contract/proving.js';
import { servicesTests } from './bridge-contract/services.js';
import { stagingTests } from './bridge-contract/staging.js';
import { bridgeSuite } from './bridge-contract/suite.js';
import { webCallTests } from './bridge-contract/web-calls.js';
import { sitesFound } from './bridge-lab.js';

describe.each(sitesFound())('the bridge on Moodle $release (old generation: $old)', ({ release, old }) => {
  const suite = bridgeSuite(release, old);

  factsTests(suite);
  stagingTests(suite);
  liveFileTests(suite);
  provingTests(suite);
  servicesTests(suite);
  webCallTests(suite);
});
