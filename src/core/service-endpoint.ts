/** Where a service is, as nodes address it. */

import type { TlsLink } from './tls.js';

/** Services that the wizard knows how to ask. */
export type ServicePlugin = 'redis' | 'memcached' | 'mongodb';

export interface ServiceEndpoint {
  readonly service: string;
  readonly plugin: ServicePlugin;
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
