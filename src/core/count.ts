/** Numbers in texts. */

/** `1 node`, `2 nodes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
