/** Where a service is, as nodes address it. */

import type { TlsLink } from './tls.js';

export interface ServiceEndpoint {
  readonly service: string;
  /** The store plugin that uses it. */
  readonly plugin: string;
  /** The address Moodle nodes connect to. */
  readonly host: string;
  readonly port: number;
  /** Name of the secret that holds its password. */
  readonly passwordSecret?: string;
  readonly username?: string;
  readonly database?: string;
  /** False: the answers say no TLS. */
  readonly tls?: TlsLink | false;
  /** One for all nodes; false = one on each Moodle node, on loopback. */
  readonly shared: boolean;
  readonly managed: boolean;
  /** Node it runs on, where it is one of ours. */
  readonly node?: string;
}
