/** Small shapes that settings, servers and stores share. */

import type { TlsLink } from '../../core/tls.js';

/** What an answers file may hold for a setting. */
export type SettingValue = string | number | boolean | readonly (string | readonly (string | number)[])[];

/** The settings of an instance as Moodle keeps them. */
export type Configuration = Readonly<Record<string, unknown>>;

/** Where a service listens as its clients write it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A service as a store's settings see it. */
export interface ServiceSettings {
  readonly endpoint: Endpoint;
  /** Name of the secret, without `secret:`. */
  readonly password?: string;
  readonly username?: string;
  readonly database?: string;
  readonly tls?: TlsLink | false;
}
