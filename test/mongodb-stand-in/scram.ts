/** SCRAM (RFC 5802, RFC 7677) as MongoDB does it, both ends: the server proves nothing without the user's password. */

import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

export const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-1'] as const;
export type Mechanism = (typeof MECHANISMS)[number];

const DIGEST = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-1': 'sha1' } as const;
/** MongoDB's own defaults. Drivers refuse less than 4096. */
const ITERATIONS = { 'SCRAM-SHA-256': 15_000, 'SCRAM-SHA-1': 10_000 } as const;
const SALT_BYTES = { 'SCRAM-SHA-256': 28, 'SCRAM-SHA-1': 16 } as const;

/** What a server keeps of a password. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface ServerConversation {
  readonly user: string;
  readonly first: string;
  /** The server's last message, or undefined when the client's proof is wrong. */
  finish(clientFinal: string): string | undefined;
}

export function isMechanism(name: unknown): name is Mechanism {
  return MECHANISMS.some((mechanism) => mechanism === name);
}

export function deriveKeys(mechanism: Mechanism, user: string, password: string): ScramKeys {
  const salt = randomBytes(SALT_BYTES[mechanism]);
  const iterations = ITERATIONS[mechanism];
  const salted = saltedPassword(mechanism, user, password, salt, iterations);
  const clientKey = hmac(mechanism, salted, 'Client Key');
  return { salt: salt.toString('base64'), iterations, storedKey: hash(mechanism, clientKey), serverKey: hmac(mechanism, salted, 'Server Key') };
}

/** Starts the server's end. Undefined when the client's message is malformed or `keysOf` knows no such user. */
export function serverConversation(mechanism: Mechanism, clientFirst: string, keysOf: (user: string) => ScramKeys | undefined): ServerConversation | undefined {
  const parts = /^([ny],[^,]*,)(n=([^,]*),r=([^,]+).*)$/.exec(clientFirst);
  const [, gs2 = '', bare = '', name = '', clientNonce = ''] = parts ?? [];
  const user = name.replaceAll('=2C', ',').replaceAll('=3D', '=');
  const keys = parts === null ? undefined : keysOf(user);
  if (keys === undefined) return undefined;
  const nonce = clientNonce + randomBytes(24).toString('base64');
  const first = `r=${nonce},s=${keys.salt},i=${keys.iterations}`;
  return {
    user,
    first,
    finish(clientFinal) {
      const [, withoutProof = '', binding, proof = ''] = /^(c=([^,]+),r=[^,]+.*),p=([^,]+)$/.exec(clientFinal) ?? [];
      if (binding !== Buffer.from(gs2).toString('base64') || !withoutProof.startsWith(`c=${binding},r=${nonce}`)) return undefined;
      const message = `${bare},${first},${withoutProof}`;
      const clientKey = xor(Buffer.from(proof, 'base64'), hmac(mechanism, keys.storedKey, message));
      if (!timingSafeEqual(hash(mechanism, clientKey), keys.storedKey)) return undefined;
      return `v=${hmac(mechanism, keys.serverKey, message).toString('base64')}`;
    },
  };
}

export interface ClientConversation {
  readonly first: string;
  /** Answers the server's first message. */
  answer(serverFirst: string): string;
  /** Whether the server has proven that it knows the password, too. */
  verify(serverFinal: string): boolean;
}

export function clientConversation(mechanism: Mechanism, user: string, password: string): ClientConversation {
  const bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${randomBytes(24).toString('base64')}`;
  let signature = '';
  return {
    first: `n,,${bare}`,
    answer(serverFirst) {
      const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(serverFirst) ?? [];
      const salted = saltedPassword(mechanism, user, password, Buffer.from(salt, 'base64'), Number(iterations));
      const clientKey = hmac(mechanism, salted, 'Client Key');
      const withoutProof = `c=biws,r=${nonce}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      signature = hmac(mechanism, hmac(mechanism, salted, 'Server Key'), message).toString('base64');
      return `${withoutProof},p=${xor(clientKey, hmac(mechanism, hash(mechanism, clientKey), message)).toString('base64')}`;
    },
    verify: (serverFinal) => signature !== '' && serverFinal === `v=${signature}`,
  };
}

function saltedPassword(mechanism: Mechanism, user: string, password: string, salt: Buffer, iterations: number): Buffer {
  const digest = DIGEST[mechanism];
  // SCRAM-SHA-1 starts from MongoDB's old password digest; SCRAM-SHA-256 from the prepared password (SASLprep, here its NFKC part).
  const secret = mechanism === 'SCRAM-SHA-1' ? createHash('md5').update(`${user}:mongo:${password}`).digest('hex') : password.normalize('NFKC');
  return pbkdf2Sync(secret, salt, iterations, mechanism === 'SCRAM-SHA-1' ? 20 : 32, digest);
}

function hmac(mechanism: Mechanism, key: Buffer, text: string): Buffer {
  return createHmac(DIGEST[mechanism], key).update(text).digest();
}

function hash(mechanism: Mechanism, bytes: Buffer): Buffer {
  return createHash(DIGEST[mechanism]).update(bytes).digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(right.map((byte, index) => byte ^ (left[index] ?? 0)));
}
