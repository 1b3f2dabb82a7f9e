/** A row of the findings that measuring gives. */

import type { Finding } from '../core/change.js';
import type { Remedy } from '../core/remedy.js';

export type Row = Omit<Finding, 'id' | 'node'>;
/** Adds a row under a key of its own, for a node. */
export type Add = (key: string, node: string, row: Row) => void;

/** One row from its five cells. */
export const row = (level: Finding['level'], subject: string, is: string, mustBe: string, todo: Remedy): Row => ({ level, subject, is, mustBe, todo });
