/** Nodes that cannot be reached, cannot be trusted, or do not let us in. */

import { on, put, type Refusal } from './refusal.js';

const KNOWN = '/root/.ssh/known_hosts';
const otherKey = `key=$(awk '$1 ~ /web2/ && /ed25519/ {print $3; exit}' ${KNOWN}) && sed -i -e '/^web1[ ,]/d' ${KNOWN} && echo "web1 ssh-ed25519 $key" >> ${KNOWN}`;
const keep = `cp -a ${KNOWN} /root/known_hosts.kept`;
const back = `cp -a /root/known_hosts.kept ${KNOWN} && rm /root/known_hosts.kept`;

export const CONNECTION_CASES: readonly Refusal[] = [
  {
    name: 'a host name that does not exist',
    answers: (t) => put(t, 'host: web2', 'host: wbe2'),
    exit: 3,
    code: 'host-unreachable',
    nodes: ['web2'],
    words: ['wbe2', 'getent hosts wbe2'],
  },
  {
    name: 'a host key that is not known yet: shown, with the way to compare and add it',
    trouble: (lab) => on(lab, ['main'], `${keep} && ssh-keygen -q -f ${KNOWN} -R web1`),
    undo: (lab) => on(lab, ['main'], `${back}; rm -f ${KNOWN}.old`),
    exit: 3,
    code: 'host-key-unknown',
    nodes: ['web1'],
    words: ['SHA256:', 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub', 'echo ', 'web1 ssh-ed25519 ', KNOWN],
  },
  {
    name: 'a host key that has changed: nothing is sent, the line to forget is named',
    trouble: (lab) => on(lab, ['main'], `${keep} && ${otherKey}`),
    undo: (lab) => on(lab, ['main'], back),
    exit: 3,
    code: 'host-key-changed',
    nodes: ['web1'],
    words: [KNOWN, 'Nothing was sent to it', 'ssh-keygen -f', '-R web1', 'may be intercepted'],
  },
  {
    name: 'a host key that has changed, also where new ones are accepted',
    answers: (t) => put(t, 'hostKeys: known_hosts', 'hostKeys: accept-new'),
    trouble: (lab) => on(lab, ['main'], `${keep} && ${otherKey}`),
    undo: (lab) => on(lab, ['main'], back),
    exit: 3,
    code: 'host-key-changed',
    nodes: ['web1'],
    words: ['Nothing was sent to it', '-R web1'],
  },
  {
    name: 'several nodes with troubles of their own, told at once and in the order of the answers',
    answers: (t) => put(put(t, 'host: web1, roles: [web]', 'host: web1, roles: [web], ssh: {port: 2222}'), 'host: web2', 'host: wbe2'),
    exit: 3,
    code: 'host-unreachable',
    nodes: ['web1', 'web2'],
    words: [/web1:2222[\s\S]*nothing listens on port 2222[\s\S]*wbe2[\s\S]*getent hosts wbe2/s],
  },
  {
    name: 'a key file that does not exist',
    answers: (t) => put(t, '~/.ssh/id_ed25519', '~/.ssh/id_moodle'),
    exit: 3,
    code: 'login-refused',
    nodes: ['web1', 'web2', 'cache1'],
    words: ['/root/.ssh/id_moodle', 'does not exist', 'identityFile'],
  },
  {
    name: 'a key that the node does not take',
    trouble: (lab) =>
      on(lab, ['main'], 'mkdir -m 700 /root/keys && ssh-keygen -q -t ed25519 -N "" -f /root/keys/other && mv /root/.ssh/id_ed25519 /root/.ssh/kept_ed25519'),
    undo: (lab) => on(lab, ['main'], 'rm -r /root/keys && mv /root/.ssh/kept_ed25519 /root/.ssh/id_ed25519'),
    answers: (t) => put(t, '~/.ssh/id_ed25519', '~/keys/other'),
    exit: 3,
    code: 'login-refused',
    nodes: ['web1', 'web2', 'cache1'],
    words: ['deploy@web1', '/root/keys/other', 'ssh-copy-id -i /root/keys/other'],
  },
  {
    name: 'sudo that wants a password nobody gave',
    answers: (t) => put(t, 'user: deploy', 'user: deploypw'),
    exit: 3,
    code: 'sudo-refused',
    nodes: ['web1', 'web2', 'cache1'],
    words: ['deploypw on web1', 'password: secret:NAME', '/etc/sudoers.d/'],
  },
  {
    name: 'a wrong sudo password',
    answers: (t) =>
      put(
        put(put(t, 'user: deploy', 'user: deploypw'), 'sudo: auto', 'sudo: "password: secret:sudoPassword"'),
        'secrets:',
        'secrets:\n  sudoPassword: env:SUDO_PASSWORD',
      ),
    env: { SUDO_PASSWORD: 'not the password' },
    exit: 3,
    code: 'sudo-refused',
    nodes: ['web1', 'web2', 'cache1'],
    words: ['rejected the password', 'deploypw on web1', 'sudoPassword'],
  },
  {
    name: 'an account that may not use sudo at all',
    trouble: (lab) => on(lab, ['web2'], 'mv /etc/sudoers.d/deploy /root/sudoers.kept'),
    undo: (lab) => on(lab, ['web2'], 'mv /root/sudoers.kept /etc/sudoers.d/deploy'),
    exit: 3,
    code: 'sudo-refused',
    nodes: ['web2'],
    words: ['deploy on web2', '/etc/sudoers.d/'],
  },
];
