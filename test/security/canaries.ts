/** Canary secrets: what gives them away when it is found, in the forms that software writes secrets in. */

import { createHash } from 'node:crypto';
import { base64Forms } from '../lab-tests/safety-lab.js';

/** Letters and digits, so that quoting, JSON and URL encoding leave it as it is: found wherever the secret stands in clear. */
const REDIS_MARK = 'cAnAry7RedisQ9';
const OTHER_MARK = 'cAnAry8LaterQ3';

export const REDIS_SECRET = `${REDIS_MARK}/+ "é'$&`;
/** What the password of Redis is changed to. */
export const LATER_SECRET = `${OTHER_MARK}/+ "é'$&`;
/** In the environment of the wizard, for nobody: what the administrator has there besides. */
export const ENVIRONMENT_SECRET = 'cAnAry5EnvironmentQ1';

const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const;

/** Plain hashes of a text, as hexadecimal and base64: who guesses the text can check the guess. */
export function hashes(text: string): readonly string[] {
  return ALGORITHMS.flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest();
    return [digest.toString('hex'), digest.toString('base64').replace(/=+$/, '')];
  });
}

/** Lines that a secret usually stands in, with and without their end. */
function obviousLines(secret: string): readonly string[] {
  const escaped = secret.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const lines = [
    secret,
    ...['requirepass', 'masterauth'].flatMap((word) => [`${word} ${secret}`, `${word} "${secret}"`, `${word} "${escaped}"`]),
    `user default on >${secret} ~* &* +@all`,
    `password=${secret}`,
    `password: ${secret}`,
    `"password":"${escaped}"`,
    `'password' => '${secret.replaceAll("'", "\\'")}',`,
    JSON.stringify(secret),
  ];
  return lines.flatMap((line) => [line, `${line}\n`]);
}

/** The texts to search for: the secret's mark in clear, base64 and hexadecimal, its URL encoding, and plain hashes of it and of lines that hold it. */
export function needlesOf(secret: string): readonly string[] {
  const mark = /^[A-Za-z0-9]+/.exec(secret)?.[0] ?? secret;
  const hex = Buffer.from(mark).toString('hex');
  const all = [
    mark,
    ...base64Forms(mark),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    [...Buffer.from(mark)].map((byte) => `%${byte.toString(16)}`).join(''),
    ...obviousLines(secret).flatMap(hashes),
  ];
  return [...new Set(all)];
}

/** Plain hashes of a file that holds a secret: of all of it, and of each line that does. */
export function needlesOfFile(content: string, secret: string): readonly string[] {
  const mark = /^[A-Za-z0-9]+/.exec(secret)?.[0] ?? secret;
  const lines = content.split('\n').filter((line) => line.includes(mark));
  return [...new Set([content, content.trimEnd(), ...lines.flatMap((line) => [line, `${line}\n`, line.trim()])].flatMap(hashes))];
}
