/** How the window is divided. The frame stays two rows below the window: Ink would wipe the scrollback otherwise. */

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** Columns of the frame. */
  readonly width: number;
  /** Columns of the rail on the left; 0 = the rail is a line of the header. */
  readonly rail: number;
  /** Columns of the body. */
  readonly body: number;
  /** Rows of the body. */
  readonly height: number;
  /** Few rows: one header line less, shorter help. */
  readonly compact: boolean;
}

const WIDE = 110;
const RAIL = 22;

/** The division of a window. */
export function layoutOf(size: Size): Layout {
  // The last column stays free: some terminals wrap when it is written.
  const width = Math.max(20, Math.min(size.columns - 1, 160));
  const rail = size.columns >= WIDE ? RAIL : 0;
  const compact = size.rows < 20;
  const frame = Math.max(6, size.rows - 2);
  const header = (compact ? 1 : 2) + (rail === 0 ? 1 : 0) + 1;
  // Below the body: what is to be done now, and the keys.
  return { width, rail, body: width - rail, height: Math.max(1, frame - header - 2), compact };
}
