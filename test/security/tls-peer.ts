/** A peer over TLS with a certificate of a chosen kind, which notes every byte that it is sent. Speaks enough Redis to be asked. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';

export type PeerKind = 'good' | 'self-signed' | 'wrong-name' | 'expired';

export interface TlsPeer {
  readonly port: number;
  /** The authority that signed the good, the wrong and the expired certificate. */
  readonly ca: string;
  /** All that came after handshakes. */
  readonly received: () => string;
  /** Connections that were begun. */
  readonly handshakes: () => number;
  readonly close: () => Promise<void>;
}

/** Key and certificate for an address, made with openssl. */
function certificate(address: string, kind: PeerKind): { readonly key: string; readonly cert: string; readonly ca: string } {
  const dir = mkdtempSync(join(tmpdir(), 'mcw-tls-'));
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
    const names = kind === 'wrong-name' ? 'DNS:other.example.org' : `IP:${address}`;
    const subject = `/CN=${kind === 'wrong-name' ? 'other.example.org' : address}`;
    if (kind === 'self-signed') {
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        subject,
        '-addext',
        `subjectAltName=${names}`,
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
      );
    } else {
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', 'key.pem', '-out', 'request.pem');
      writeFileSync(join(dir, 'ext'), `subjectAltName=${names}\n`);
      writeFileSync(join(dir, 'index'), '');
      writeFileSync(join(dir, 'serial'), '01\n');
      writeFileSync(
        join(dir, 'ca.conf'),
        '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n',
      );
      const dates = kind === 'expired' ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'] : ['-days', '2'];
      openssl(
        'ca',
        '-batch',
        '-notext',
        '-config',
        'ca.conf',
        '-cert',
        'ca.pem',
        '-keyfile',
        'ca.key',
        '-extfile',
        'ext',
        ...dates,
        '-in',
        'request.pem',
        '-out',
        'cert.pem',
      );
    }
    const read = (name: string) => readFileSync(join(dir, name), 'utf8');
    return { key: read('key.pem'), cert: read('cert.pem'), ca: read('ca.pem') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Starts one on an address of this machine, on a free port. */
export async function tlsPeer(address: string, kind: PeerKind): Promise<TlsPeer> {
  const { key, cert, ca } = certificate(address, kind);
  let received = '';
  let handshakes = 0;
  const server = createServer({ key, cert }, (socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      socket.write(/\bPING\b/.test(bytes.toString('latin1')) ? '+PONG\r\n' : '+OK\r\n');
    });
    socket.on('error', () => socket.destroy());
  });
  server.on('connection', () => {
    handshakes += 1;
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    received: () => received,
    handshakes: () => handshakes,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
