/** The bridge's wire format: one JSON request on standard input, one JSON answer between two markers on standard output. */

import { randomBytes } from 'node:crypto';
import type { TlsLink } from '../core/tls.js';
import { OUTPUT } from '../exec/limits.js';
import { bridgeAnswer } from '../intake/bridge.js';
import { parseJson } from '../intake/json.js';

export type BridgeOp =
  | 'config'
  | 'inspect'
  | 'stage'
  | 'read-muc'
  | 'publish'
  | 'lock'
  | 'unlock'
  | 'lock-holder'
  | 'prove'
  | 'empty'
  | 'converge'
  | 'reach'
  | 'sapi'
  | 'runtime'
  | 'usage'
  | 'pages'
  | 'trial-begin'
  | 'trial-turn'
  | 'trial-mark'
  | 'trial-clear';

/** One service to be asked by its own protocol (`reach`). `password` travels on standard input only. */
export interface ReachTarget {
  readonly service: string;
  readonly plugin: string;
  readonly host: string;
  readonly port: number;
  readonly password?: string;
  readonly username?: string;
  readonly tls?: TlsLink;
}

export type BridgeAnswer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> } };

/** What a web server would tell PHP about this site, so that Moodle takes the probe for one of its pages. */
export interface WebIdentity {
  readonly dirroot: string;
  readonly dataroot: string;
  readonly wwwroot: string;
  readonly sslproxy: boolean;
  readonly reverseproxy: boolean;
}

/** Settings that Moodle needs from the command line and that a distribution may not set; facts are taken without them, so that they tell the truth. */
const MOODLE_SETTINGS = ['apc.enable_cli=1', 'max_input_vars=5000'];

/** A marker that no page of Moodle prints by chance. */
export function newMarker(): string {
  return `mcw-${randomBytes(18).toString('hex')}`;
}

/** argv of one bridge call. Run as the web user (`reach` and `sapi` as anyone), request on standard input; the op's name is there for logs and `ps`. */
export function bridgeArgv(phpBinary: string, toolkitDir: string, op: BridgeOp): readonly string[] {
  const plain = op === 'config' || op === 'sapi' || op === 'reach';
  const settings = ['display_errors=stderr', 'opcache.enable_cli=0', ...(plain ? [] : MOODLE_SETTINGS)];
  return [phpBinary, ...settings.flatMap((s) => ['-d', s]), `${toolkitDir}/bridge/bridge.php`, op];
}

/** The request text for standard input of `bridgeArgv`. Holds the HMAC key and perhaps secrets: never logged. */
export function bridgeRequest(op: BridgeOp, marker: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...fields, marker, op });
}

/** Finds the answer in what a call printed; null when there is none. */
export function parseBridgeAnswer(stdout: string, marker: string): BridgeAnswer | null {
  for (let at = stdout.indexOf(marker); at >= 0; at = stdout.indexOf(marker, at + marker.length)) {
    if (at > 0 && stdout[at - 1] !== '\n') continue;
    const stop = stdout.indexOf('\n', at);
    const line = stdout.slice(at, stop < 0 ? undefined : stop);
    if (!line.endsWith(marker) || line.length <= 2 * marker.length) continue;
    // Content of a MUC file is one long text in it.
    const json = parseJson(line.slice(marker.length, -marker.length), { chars: 2 * OUTPUT.muc });
    const answer = json.ok ? bridgeAnswer.safeParse(json.value) : null;
    return answer?.success ? answer.data : null;
  }
  return null;
}
