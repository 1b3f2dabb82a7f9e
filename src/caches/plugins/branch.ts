/** Moodle branches as numbers that compare: `38` -> 308, `310` -> 310, `405` -> 405. */

/** @param branch `$branch` of version.php. Text that is no branch gives 0. */
export function branchNumber(branch: string): number {
  if (!/^[0-9]{2,3}$/.test(branch)) return 0;
  return Number(branch[0]) * 100 + Number(branch.slice(1));
}

/** `308` -> `3.8` for sentences. */
export function branchText(branch: number): string {
  return `${Math.floor(branch / 100)}.${branch % 100}`;
}
