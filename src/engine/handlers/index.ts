/** The handler of each kind of change. */

import type { HandlerTable } from '../handler.js';
import { trialArmHandler } from '../trial/arm.js';
import { baselineHandler, pagesHandler } from '../trial/pages.js';
import { convergeHandler } from './converge.js';
import { directoryHandler } from './directory.js';
import { drainHandler } from './drain.js';
import { emptyHandler } from './empty.js';
import { fileHandler } from './file.js';
import { mucPublishHandler } from './muc-publish.js';
import { packageHandler } from './package.js';
import { phpReadyHandler } from './php-ready.js';
import { proveHandler } from './prove.js';
import { restorePointHandler } from './restore-point.js';
import { serviceReadyHandler } from './service-ready.js';
import { unitHandler } from './unit.js';

export const HANDLERS: HandlerTable = {
  baseline: baselineHandler,
  converge: convergeHandler,
  directory: directoryHandler,
  empty: emptyHandler,
  file: fileHandler,
  'muc-publish': mucPublishHandler,
  package: packageHandler,
  pages: pagesHandler,
  'php-ready': phpReadyHandler,
  prove: proveHandler,
  'restore-point': restorePointHandler,
  'service-ready': serviceReadyHandler,
  settle: drainHandler,
  'trial-arm': trialArmHandler,
  unit: unitHandler,
};
