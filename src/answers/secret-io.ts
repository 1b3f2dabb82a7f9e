/** The real world for `resolveSecrets`: environment, files, commands of the machine the wizard runs on. */

import { spawn } from 'node:child_process';
import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileLook, SecretIo } from './secrets.js';

/** Characters of a command's standard error that are shown. */
const WORDS_LIMIT = 4000;

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

async function look(path: string): Promise<FileLook | null> {
  try {
    const real = await realpath(path);
    const found = await stat(real);
    return { path: real, type: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', uid: found.uid, mode: found.mode & 0o7777 };
  } catch {
    return null;
  }
}

async function which(command: string, path: string): Promise<string | null> {
  for (const folder of path.split(':').filter((f) => f.startsWith('/'))) {
    const candidate = `${folder}/${command}`;
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here; the next folder.
    }
  }
  return command.includes('/') ? resolve(command) : null;
}

function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function runCommand(command: string, env: Record<string, string>): Promise<{ code: number; stdout: string }> {
  return new Promise((done, failed) => {
    // A session of its own, and its words through a pipe: no command reaches the terminal that the wizard runs in.
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Its group is gone already.
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
    // Shown as it comes (it may ask for a touch of a key), without control characters and not without end.
    let shown = 0;
    child.stderr.on('data', (part: Buffer) => {
      const text = part.toString('utf8').slice(0, WORDS_LIMIT - shown);
      shown += text.length;
      process.stderr.write(text.replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?'));
    });
    // A process that the command left behind (an agent) may hold standard error open: it is not waited for.
    child.on('exit', () => setTimeout(() => child.stderr.destroy(), 200));
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code: size > LIMIT ? 1 : (code ?? 1), stdout: Buffer.concat(parts).toString('utf8') });
    });
  });
}

/** @param answersFile the file the answers were read from; null when they were given just now */
export function localSecretIo(answersFile: string | null, env: Readonly<Record<string, string | undefined>> = process.env): SecretIo {
  const child = childEnvironment(env);
  return {
    env,
    uid: process.getuid?.() ?? 0,
    look,
    readFile: (path) => readFile(path, 'utf8'),
    runCommand: (command) => runCommand(command, child),
    which: (command) => which(command, child['PATH'] ?? '/usr/bin:/bin'),
    answersFile: answersFile === null ? null : resolve(answersFile),
  };
}
