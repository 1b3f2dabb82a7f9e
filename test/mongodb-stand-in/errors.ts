/** The server errors this stand-in answers with: MongoDB's own codes, so that drivers treat them alike. */

import type { Doc } from './wire.js';

const CODES = {
  BadValue: 2,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  CursorNotFound: 43,
  NamespaceExists: 48,
  CommandNotFound: 59,
  ImmutableField: 66,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  MechanismUnavailable: 334,
  UnsupportedOpQueryCommand: 352,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  Location40324: 40324,
  Location40571: 40571,
} as const;

export type ServerErrorName = keyof typeof CODES;

/** A refusal that is sent to the client as `{ok: 0, errmsg, code, codeName}` or as one write error. */
export class ServerError extends Error {
  readonly code: number;

  constructor(
    readonly codeName: ServerErrorName,
    message: string,
    /** Further fields of a write error, for example keyPattern. */
    readonly extra: Doc = {},
  ) {
    super(message);
    this.code = CODES[codeName];
  }
}

/** The reply for an error of any kind. What is no ServerError is a fault of the stand-in or malformed input. */
export function errorReply(error: unknown): Doc {
  if (error instanceof ServerError) return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
  const message = error instanceof Error ? error.message : String(error);
  return { ok: 0, errmsg: `MongoDB stand-in: ${message}`, code: 8, codeName: 'UnknownError' };
}
