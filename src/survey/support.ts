/** How well each platform, PHP and Moodle is known, as data: `proven` is tested, `expected` follows from sources, `refused` is reported at once. */

import { branchNumber, branchText } from '../caches/plugins/branch.js';
import type { OsFacts } from '../core/facts.js';
import { type SupportLevel, supportLevel } from '../platform/index.js';

export interface Support {
  readonly level: SupportLevel;
  /** A few words that stand behind the level. */
  readonly why: string;
}

interface Row {
  readonly from: number;
  readonly to: number;
  readonly support: Support;
}

/** Branches as numbers that compare (405 = 4.5). The first row that holds the branch counts. */
const MOODLE: readonly Row[] = [
  { from: 0, to: 203, support: { level: 'refused', why: 'it has no cache configuration yet: that came with Moodle 2.4' } },
  { from: 405, to: 405, support: { level: 'proven', why: 'tested with Moodle 4.5' } },
  { from: 308, to: 308, support: { level: 'proven', why: 'tested with Moodle 3.8' } },
  { from: 204, to: 502, support: { level: 'expected', why: 'known from its source, not tested' } },
  { from: 503, to: Number.POSITIVE_INFINITY, support: { level: 'expected', why: 'newer than this wizard, not tested' } },
];

/** PHP as major * 100 + minor. */
const PHP: readonly Row[] = [
  { from: 0, to: 503, support: { level: 'refused', why: 'the wizard needs PHP 5.4 or later' } },
  { from: 802, to: 802, support: { level: 'proven', why: 'tested with PHP 8.2' } },
  { from: 704, to: 704, support: { level: 'proven', why: 'tested with PHP 7.4' } },
  { from: 504, to: 804, support: { level: 'expected', why: 'known from its source, not tested' } },
  { from: 805, to: Number.POSITIVE_INFINITY, support: { level: 'expected', why: 'newer than this wizard' } },
];

function lookUp(rows: readonly Row[], value: number): Support {
  return rows.find((row) => value >= row.from && value <= row.to)?.support ?? { level: 'expected', why: 'unknown' };
}

/** @param branch `$branch` of version.php: `38`, `405` */
export function moodleSupport(branch: string): Support {
  const number = branchNumber(branch);
  return number === 0 ? { level: 'refused', why: `its version.php names an unknown branch ("${branch}")` } : lookUp(MOODLE, number);
}

/** @param version `8.2` or `8.2.28` */
export function phpSupport(version: string): Support {
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match ? lookUp(PHP, Number(match[1]) * 100 + Number(match[2])) : { level: 'expected', why: 'its version is unknown' };
}

/** The distribution's level, and in words what it rests on. */
export function osSupport(os: OsFacts): Support {
  const level = supportLevel(os);
  if (level === 'proven') return { level, why: `tested with ${os.name}` };
  if (level === 'expected') return { level, why: 'its packages and units are known, but it is not tested' };
  if (os.family === 'other') return { level, why: 'it is neither of the Debian nor of the Red Hat family, so its packages and units are not known' };
  return { level, why: `a ${os.family === 'debian' ? 'Debian' : 'Red Hat'} relative whose release is unknown` };
}

/** `4.5` for sentences. */
export function moodleName(branch: string): string {
  const number = branchNumber(branch);
  return number === 0 ? branch : branchText(number);
}
