/** The real world for `resolveSecrets`: environment, files, commands of the machine the wizard runs on. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { trustedFolder } from '../local/chain.js';
import { isFile } from '../local/look.js';
import { canExecute, readTrusted, trustFault } from '../local/read.js';
import type { SecretIo } from './secrets.js';

const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TERM',
  'XDG_RUNTIME_DIR',
  'SSH_AUTH_SOCK',
  'GNUPGHOME',
  'GPG_TTY',
  'PASSWORD_STORE_DIR',
];
const LIMIT = 64 * 1024;
const TIMEOUT_MS = 120_000;

function which(command: string, path: string): string | null {
  if (command.includes('/')) return isFile(command) ? resolve(command) : null;
  return (
    path
      .split(':')
      .map((folder) => `${folder}/${command}`)
      .find(canExecute) ?? null
  );
}

/** The folders of PATH in which nobody else can put a program, while it is looked at or later. */
function safePath(path: string | undefined): string {
  const safe = (path ?? '').split(':').filter((folder) => {
    try {
      return folder.startsWith('/') && trustedFolder(folder) !== '';
    } catch {
      return false;
    }
  });
  return safe.length === 0 ? '/usr/bin:/bin' : safe.join(':');
}

function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function runCommand(command: string, env: Record<string, string>): Promise<{ code: number; stdout: string }> {
  return new Promise((done, failed) => {
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > LIMIT) child.kill();
      else parts.push(part);
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code: size > LIMIT ? 1 : (code ?? 1), stdout: Buffer.concat(parts).toString('utf8') }));
  });
}

/** @param answersFile the file the answers were read from; null when they were given just now */
export function localSecretIo(answersFile: string | null, env: Readonly<Record<string, string | undefined>> = process.env): SecretIo {
  const child = { ...childEnvironment(env), PATH: safePath(env['PATH']) };
  return {
    env,
    fault: (path, options = {}) => trustFault(path, { followLast: options.links !== 'refuse', secret: options.secret === true }),
    readFile: (path) => readTrusted(path, { limit: LIMIT, followLast: true }).toString('utf8'),
    isFile,
    runCommand: (command) => runCommand(command, child),
    which: (command) => which(command, child.PATH),
    answersFile: answersFile === null ? null : resolve(answersFile),
  };
}
