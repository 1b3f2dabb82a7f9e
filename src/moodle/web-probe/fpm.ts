/** PHP-FPM: asked over the socket of the pool by FastCGI, without the web server. */

import { rootPhpArgv } from '../root-php.js';
import type { WebProbe } from './port.js';

export const fpmProbe: WebProbe = {
  name: 'PHP-FPM',
  iniSapi: 'fpm',
  refusal: () => null,
  argv: (php, toolkitDir, op) => [...rootPhpArgv(php), '-d', 'display_errors=stderr', `${toolkitDir}/bridge/fcgi-call.php`, op],
  request(pool, { op, marker, fields, toolkitDir, token, web, timeout }) {
    const { dirroot, dataroot, wwwroot, sslproxy, reverseproxy } = web;
    return JSON.stringify({
      marker,
      op: 'fcgi',
      listen: pool.listen,
      timeout,
      token,
      probe: `${toolkitDir}/bridge/web/probe.php`,
      wwwroot,
      sslproxy,
      reverseproxy,
      request: { ...fields, op, dirroot, dataroot },
    });
  },
  reload: (pool) => ['systemctl', 'reload', pool.unit],
  graceSeconds: (pool) => pool.processControlTimeout,
  watch: (pool) => `fpm:${pool.unit}`,
};
