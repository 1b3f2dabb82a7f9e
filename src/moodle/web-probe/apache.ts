/** Apache with mod_php: this version cannot ask it. Every call is refused, and its workers are reported as not watched. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
import type { WebProbe } from './port.js';

const NAME = 'Apache with mod_php';

function refusal(...nodes: readonly string[]): WizardError {
  const where = nodes.length === 0 ? '' : `${nodes.join(', ')}: `;
  return new WizardError('platform-refused', `${where}${NAME} serves the site, and the wizard cannot ask PHP inside Apache yet.`, {
    nodes,
    remedies: [remedy`Serve the site through PHP-FPM (Apache: mod_proxy_fcgi), or exclude this node with "state: out".`],
  });
}

function refuse(): never {
  throw refusal();
}

export const apacheProbe: WebProbe = {
  name: NAME,
  iniSapi: 'apache2',
  refusal,
  argv: refuse,
  request: refuse,
  reload: refuse,
  graceSeconds: () => null,
  watch: (pool) => `apache:${pool.unit}`,
};
