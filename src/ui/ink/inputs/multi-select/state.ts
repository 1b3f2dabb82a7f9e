/** Any of several: pure. */

export interface MultiState {
  readonly index: number;
  readonly chosen: readonly string[];
}

export function multiOf(value: unknown): MultiState {
  return { index: 0, chosen: Array.isArray(value) ? (value as string[]) : [] };
}

export function moveMulti(state: MultiState, by: number, count: number): MultiState {
  return count === 0 ? state : { ...state, index: (state.index + by + count) % count };
}

export function toggleMulti(state: MultiState, value: string): MultiState {
  return { ...state, chosen: state.chosen.includes(value) ? state.chosen.filter((v) => v !== value) : [...state.chosen, value] };
}
