/** Words that the tables of platforms share. */

export type PackageManager = 'apt' | 'dnf';

/** Services the wizard can run; the same names as the store plugins that use them. */
export type { ServicePlugin } from '../core/service-endpoint.js';

export type SupportLevel = 'proven' | 'expected' | 'refused';

export interface ServicePlatform {
  readonly packages: readonly string[];
  readonly binary: string;
  /** Units the package brings and, on Debian, starts by itself. */
  readonly defaultUnits: readonly string[];
  /** Redis 6 and later can delete in the background on a plain DEL. */
  readonly lazyUserDelete: boolean;
  /** Redis 7 and later have settings that lock commands which load code or change where files go. */
  readonly lockedSettings: boolean;
}
