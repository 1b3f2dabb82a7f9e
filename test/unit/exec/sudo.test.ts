import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Login, needsPassword, readWho, sudoRefused, wrap } from '../../../src/exec/sudo.js';

const root: Login = { user: 'root', uid: 0, home: '/root', elevation: 'root' };
const easy: Login = { user: 'deploy', uid: 1000, home: '/home/deploy', elevation: 'sudo' };
const asks: Login = { user: 'deploypw', uid: 1001, home: '/home/deploypw', elevation: 'sudo-password' };
const options = { env: {}, timeoutMs: 1500, asUser: readFileSync('templates/sh/as-user.sh', 'utf8') };

describe('becoming somebody', () => {
  it('uses sudo only when it must', () => {
    expect(wrap(root, 'root', 'x', options)).not.toContain('sudo');
    expect(wrap(easy, 'login', 'x', options)).not.toContain('sudo');
    expect(wrap(easy, { user: 'deploy' }, 'x', options)).not.toContain('sudo');
    expect(wrap(easy, 'root', 'x', options)).toContain('exec sudo -n -- env -i');
    expect(wrap(asks, 'root', 'x', options)).toContain("exec sudo -k -S -p '' -- env -i");
    expect(wrap(asks, { user: 'www-data' }, 'x', options)).toContain("exec sudo -k -S -p '' -- env -i");
  });

  it('lets root end what it starts', () => {
    expect(wrap(easy, 'root', 'x', options)).toMatch(/sudo -n -- env -i .* timeout -k 5 2 sh -c x$/);
    expect(wrap(root, { user: 'www-data' }, 'x', options)).toMatch(/find_user www-data .*\nexec_as_found 2 sh -c x'$/);
  });

  it('sends the password only where sudo reads it', () => {
    expect(needsPassword(asks, 'root')).toBe(true);
    expect(needsPassword(asks, 'login')).toBe(false);
    expect(needsPassword(easy, 'root')).toBe(false);
    expect(needsPassword(root, { user: 'www-data' })).toBe(false);
  });
});

describe('who are we', () => {
  it('reads the probe', () => {
    expect(readWho('n', '0\nroot\n/root\nroot\n', '', { kind: 'auto' })).toEqual(root);
    expect(readWho('n', '1000\ndeploy\n/home/deploy\nsudo\n', '', { kind: 'auto' })).toEqual(easy);
    expect(readWho('n', '1001\ndeploypw\n/home/deploypw\nasks\n', '', { kind: 'password', secret: 'S' })).toEqual(asks);
  });

  it('refuses in words', () => {
    const code = (f: () => unknown): string => {
      try {
        f();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'nothing thrown';
    };
    expect(code(() => readWho('n', '1000\nd\n/h\nsudo\n', '', { kind: 'none' }))).toBe('not-allowed');
    expect(code(() => readWho('n', '1000\nd\n/h\nasks\n', 'sudo: a password is required', { kind: 'auto' }))).toBe('sudo-refused');
    expect(code(() => readWho('n', '1000\nd\n/h\nno-sudo\n', '', { kind: 'password', secret: 'S' }))).toBe('sudo-refused');
    expect(code(() => readWho('n', 'nonsense', '', { kind: 'auto' }))).toBe('not-allowed');
  });

  it.each([
    ['sudo: a password is required', 'requires a password'],
    ['Sorry, try again.\nsudo: 1 incorrect password attempt', 'rejected the password'],
    ['deploy is not in the sudoers file.', 'sudo does not allow'],
    ['Sorry, user deploy is not allowed to execute', 'sudo does not allow'],
    ['sudo: sorry, you must have a tty to run sudo', 'terminal'],
    ['sudo: command not found', 'sudo is not installed'],
    ['whatever', 'refused'],
  ])('names sudo’s refusal: %s', (words, part) => {
    const error = sudoRefused('web1', 'deploy', words);
    expect(error.message).toContain(part);
    expect(error.remedies.length).toBeGreaterThan(0);
  });
});
