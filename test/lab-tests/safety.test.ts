/** What keeps a live site safe, on real hosts: killed runs, two runs at once, other people's edits, planted links, secrets, rights that must not come back. */

import { describe } from 'vitest';
import { breakGlassTests } from './safety/break-glass.js';
import { changedRightTests } from './safety/changed-rights.js';
import { foreignEditTests } from './safety/foreign-edits.js';
import { killedRunTests } from './safety/killed-runs.js';
import { otherSiteTests } from './safety/other-site.js';
import { plantedLinkTests } from './safety/planted-links.js';
import { secretTests } from './safety/secrets.js';
import { release, safetySuite } from './safety/suite.js';
import { twoRunsTests } from './safety/two-runs.js';

// One lab serves all parts, and each begins with what the one before has left: their order counts.
// Secrets are searched for when most has been run, and the last part takes everything back.
describe(`safety on Moodle ${release}`, () => {
  const suite = safetySuite();

  describe('a run that is killed', () => killedRunTests(suite));
  describe('a setting and a right changed while new mappings were live', () => changedRightTests(suite));
  describe("somebody else's edit", () => foreignEditTests(suite));
  describe('two runs at once', () => twoRunsTests(suite));
  describe('break-glass', () => breakGlassTests(suite));
  describe('a link planted by the web user', () => plantedLinkTests(suite));
  describe('secrets', () => secretTests(suite));
  describe("another site's services on the cache host", () => otherSiteTests(suite));
});
