/** Environment, files and commands of this machine, for `resolveSecrets`. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { trustedFolder } from '../local/chain.js';
import { isFile } from '../local/look.js';
import { canExecute, readTrusted, trustFault } from '../local/read.js';
import type { SecretIo } from './secrets.js';

/** Characters of a command's standard error that are shown. */
const STDERR_LIMIT = 4000;

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

/** The folders of PATH in which no other user can create a program. */
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

function runCommand(command: string, env: Record<string, string>, report: (text: string) => void): Promise<{ code: number; stdout: string }> {
  return new Promise((done, failed) => {
    // A session of its own, and stderr through a pipe: no command can access the terminal of the wizard.
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Its process group has already ended.
      }
    };
    const timer = setTimeout(end, TIMEOUT_MS);
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > LIMIT) end();
      else parts.push(part);
    });
    // Shown immediately (it may ask to touch a security key), up to a limit.
    let shown = 0;
    child.stderr.on('data', (part: Buffer) => {
      const text = part.toString('utf8').slice(0, STDERR_LIMIT - shown);
      shown += text.length;
      report(text);
    });
    // A background process of the command (an agent) may keep standard error open: do not wait for it.
    child.on('exit', () => setTimeout(() => child.stderr.destroy(), 200));
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code: size > LIMIT ? 1 : (code ?? 1), stdout: Buffer.concat(parts).toString('utf8') });
    });
  });
}

/**
 * @param answersFile the file the answers were read from; null when they were entered in this session
 * @param report receives the raw standard error of a secret's command
 */
export function localSecretIo(
  answersFile: string | null,
  env: Readonly<Record<string, string | undefined>> = process.env,
  report: (text: string) => void = () => {},
): SecretIo {
  const child = { ...childEnvironment(env), PATH: safePath(env['PATH']) };
  return {
    env,
    fault: (path, options = {}) => trustFault(path, { followLast: options.links !== 'refuse', secret: options.secret === true }),
    readFile: (path) => readTrusted(path, { limit: LIMIT, followLast: true }).toString('utf8'),
    isFile,
    runCommand: (command) => runCommand(command, child, report),
    which: (command) => which(command, child.PATH),
    answersFile: answersFile === null ? null : resolve(answersFile),
  };
}
