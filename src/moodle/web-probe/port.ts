/** How the web SAPI of a node is asked, reloaded and watched. One implementation for each kind of pool; nothing else knows which kind a pool is. */

import type { WizardError } from '../../core/errors.js';
import type { PhpPool } from '../../core/facts.js';
import type { BridgeOp, WebIdentity } from '../bridge-text.js';

/** One call of the bridge inside the web SAPI. */
export interface WebCall {
  readonly op: BridgeOp;
  /** Encloses the answer on standard output. */
  readonly marker: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly toolkitDir: string;
  /** Token of this run that the probe asks for. */
  readonly token: string;
  readonly web: WebIdentity;
  /** Seconds for the whole call. */
  readonly timeout: number;
}

/** The PHP with which root makes the call; `phpAlone` works without php.ini and extensions. */
export interface RootPhp {
  readonly phpBinary: string;
  readonly phpAlone?: string;
}

export interface WebProbe {
  /** The name people use: `PHP-FPM`. */
  readonly name: string;
  /** What phpenmod of Debian calls it: `fpm`. */
  readonly iniSapi: string;
  /** Why a site that this SAPI serves cannot be changed; null where it can. */
  refusal(node: string): WizardError | null;
  /** Command line of one call, run as root with `request` on standard input. The name of the op is in it for logs and `ps`. */
  argv(php: RootPhp, toolkitDir: string, op: BridgeOp): readonly string[];
  /** Standard input of one call: holds the token and perhaps secrets, never logged. */
  request(pool: Pick<PhpPool, 'listen'>, call: WebCall): string;
  /** Command line that makes its workers start with the files and settings of now. Run as root. */
  reload(pool: Pick<PhpPool, 'unit'>): readonly string[];
  /** Seconds that requests in flight have to end when it reloads: 0 = they fail; null = unknown. */
  graceSeconds(pool: Pick<PhpPool, 'processControlTimeout'>): number | null;
  /** What drain.sh watches: `KIND:UNIT`, the unit empty where systemd does not run it. A kind that drain.sh does not know is reported as not watched. */
  watch(pool: Pick<PhpPool, 'unit'>): string;
}
