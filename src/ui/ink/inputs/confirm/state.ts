/** Yes or no: pure. */

export interface ConfirmState {
  readonly yes: boolean;
}

export function confirmOf(value: unknown): ConfirmState {
  return { yes: value === true };
}
