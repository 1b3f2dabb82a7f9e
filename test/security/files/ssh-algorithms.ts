/**
 * Runs on a lab host, bundled as the program is: logs in once for each algorithm and each kind of key, and prints one line each.
 * usage: node ssh-algorithms.js HOST USER KEYFOLDER
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeSSH } from 'node-ssh';

const [host = '', username = '', keys = ''] = process.argv.slice(2);
const PASSPHRASE = 'long-enough';

const ALGORITHMS = {
  cipher: ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
} as const;

/** More than one packet each way, so that a wrong cipher cannot pass by luck. */
const PAYLOAD = 'x'.repeat(200_000);

async function attempt(what: string, key: string, algorithms: object): Promise<void> {
  const ssh = new NodeSSH();
  let said: string;
  try {
    await ssh.connect({
      host,
      username,
      privateKey: readFileSync(join(keys, key), 'utf8'),
      passphrase: PASSPHRASE,
      algorithms,
      hostVerifier: () => true,
      readyTimeout: 30_000,
    });
    const { stdout, code } = await ssh.execCommand('cat', { stdin: PAYLOAD });
    said = code === 0 && stdout === PAYLOAD ? 'ok' : `other content (exit ${code}, ${stdout.length} bytes)`;
  } catch (error) {
    said = (error as Error).message;
  } finally {
    ssh.dispose();
  }
  console.log(`${what}: ${said}`);
}

for (const [kind, names] of Object.entries(ALGORITHMS)) {
  // A MAC of its own goes with ciphers that do not authenticate.
  for (const name of names) await attempt(`${kind} ${name}`, 'ed25519', { [kind]: [name], ...(kind === 'hmac' ? { cipher: ['aes128-ctr'] } : {}) });
}
for (const key of readdirSync(keys).filter((file) => !file.endsWith('.pub'))) await attempt(`key ${key}`, key, {});
