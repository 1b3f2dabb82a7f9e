/** Threat model E: who reaches the cache services that the wizard runs. */

import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { askMemcached } from '../lab-tests/cluster-38.js';
import { answersText, PASSWORD, putAnswers, told, wizard } from '../lab-tests/support.js';
import { TARGETS, targetLab } from './lab.js';

const ANSWERS = ['--answers', '/root/answers.yaml'] as const;
const MEMCACHED = 11311;
const REDIS = 6390;
/** Ours, and those that the packages' own units would open. */
const PORTS = [MEMCACHED, REDIS, 11211, 6379] as const;
const MEMBERS = ['main', 'web1', 'web2'] as const;

const both = (network = '') =>
  answersText('redis', (text) =>
    text
      .replace('  - {name: cache1,', '  - {name: db1, host: db1, roles: [database]}\n  - {name: cache1,')
      .replace('services:\n', `services:\n  - {name: mc1, plugin: memcached, node: cache1, manage: true, memory: 64M${network}}\n`),
  );

/** Tries every port until it is ended, on a host that is no member; one line an attempt. */
const PROBER = `while [ ! -e /tmp/prober.stop ]; do for port in ${PORTS.join(' ')}; do
  if timeout 0.4 bash -c "exec 3<>/dev/tcp/$0/$port" 2>/dev/null; then echo "open $port"; else echo "shut $port"; fi
done; done >/tmp/prober.log`;

async function probe(lab: Lab, during: () => Promise<void>): Promise<{ readonly attempts: number; readonly open: readonly string[] }> {
  const { db1, cache1 } = lab.hosts;
  await db1.must('rm -f /tmp/prober.stop /tmp/prober.log');
  await db1.must(['sh', '-c', 'setsid bash -c "$1" "$2" </dev/null >/dev/null 2>&1 &', 'sh', PROBER, cache1.ip]);
  try {
    await during();
  } finally {
    await db1.must('touch /tmp/prober.stop; sleep 2');
  }
  const lines = (await db1.must('cat /tmp/prober.log')).trim().split('\n');
  return { attempts: lines.length, open: lines.filter((l) => l.startsWith('open')) };
}

/** Whether this machine, which is on the lab's network and no member, can connect. */
function connectsFromOutside(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}

async function expectShutOutside(lab: Lab): Promise<void> {
  for (const port of PORTS) expect([port, await connectsFromOutside(lab.hosts.cache1.ip, port)]).toEqual([port, false]);
}

async function expectOpenToMembers(lab: Lab): Promise<void> {
  const { ip } = lab.hosts.cache1;
  for (const node of MEMBERS) {
    expect(await askMemcached(lab.host(node), ip, MEMCACHED, ['version'])).toMatch(/^VERSION /);
    expect(await askMemcached(lab.host(node), ip, REDIS, ['PING'])).toMatch(/^-NOAUTH/);
  }
}

const listening = (lab: Lab) => lab.hosts.cache1.must("ss -Hlntup | grep -E 'memcached|redis' | awk '{print $1, $5}' | sort");

/** Redis asked on main by its own protocol, logged in. */
async function redis(lab: Lab, ...words: readonly string[]): Promise<string> {
  const resp = (all: readonly string[]) => `*${all.length}\r\n${all.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`;
  const stdin = resp(['AUTH', PASSWORD]) + resp(words) + resp(['QUIT']);
  const talk = 'exec 3<>"/dev/tcp/$0/$1"; cat >&3; timeout 10 cat <&3';
  return lab.hosts.main.must(['bash', '-c', talk, lab.hosts.cache1.ip, String(REDIS)], { stdin });
}

describe.each(TARGETS)('the network, %s', (release) => {
  let lab: Lab;
  let oldest: string;

  beforeAll(async () => {
    lab = await targetLab(release);
    await putAnswers(lab, both());
  });
  afterAll(async () => {
    delete process.env['LAB_UNIFIED'];
    await lab?.down();
  });

  it('installs memcached and Redis while a host that is no member tries every port: no connection', async () => {
    const seen = await probe(lab, async () => {
      const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
      expect(run.code, told(run)).toBe(0);
      oldest = run.json['restorePoint'];
    });
    console.log(`during the installation: ${seen.attempts} attempts, ${seen.open.length} connections`);
    expect(seen.attempts).toBeGreaterThan(40);
    expect(seen.open).toEqual([]);
    await expectShutOutside(lab);
    await expectOpenToMembers(lab);
  });

  it('listens on the address of the cluster only, by a table of its own where systemd cannot filter', async () => {
    const { cache1 } = lab.hosts;
    expect(await listening(lab)).toBe(`tcp ${cache1.ip}:${MEMCACHED}\ntcp ${cache1.ip}:${REDIS}\n`);
    expect(await cache1.must('nft list tables | sort')).toBe('table inet moodle-muc-mc1\ntable inet moodle-muc-redis1\n');
    const again = await wizard(lab, ['plan', ...ANSWERS]);
    expect(again.code, told(again)).toBe(0);
    const verify = await wizard(lab, ['verify', ...ANSWERS]);
    const checks = (verify.json['checks'] as { id: string; status: string }[]).filter((c) => c.id.startsWith('guard:'));
    expect(checks.map((c) => c.status)).toEqual(['passed', 'passed']);
  });

  it('runs each service as a user of its own that can load no module and write no file', async () => {
    const { cache1 } = lab.hosts;
    const ids = await cache1.must('ps -o uid= -p "$(systemctl show -p MainPID --value moodle-muc-redis1 moodle-muc-mc1 | grep . | paste -sd,)"');
    const users = ids.trim().split(/\s+/).map(Number);
    // The range that systemd takes dynamic users from.
    expect(users.every((u) => u >= 61184 && u <= 65519)).toBe(true);
    expect(new Set(users).size).toBe(2);
    expect(await cache1.must('stat -c "%U %G %a" /etc/moodle-cluster-wizard/redis1.secret.conf')).toBe('root root 600\n');
    expect(await redis(lab, 'PING')).toContain('+PONG');
    for (const words of [
      ['MODULE', 'LOAD', '/tmp/x.so'],
      ['DEBUG', 'SLEEP', '0'],
      ['REPLICAOF', '10.87.1.61', '6379'],
      ['SLAVEOF', '10.87.1.61', '6379'],
    ]) {
      expect(await redis(lab, ...words), words[0]).toMatch(/^-ERR unknown command/m);
    }
    await redis(lab, 'CONFIG', 'SET', 'dir', '/etc/moodle-cluster-wizard');
    await redis(lab, 'SAVE');
    expect((await cache1.exec('ls /etc/moodle-cluster-wizard/*.rdb')).stdout).toBe('');
    for (const unit of ['redis1', 'mc1']) {
      const score = await cache1.must(`systemd-analyze security --no-pager moodle-muc-${unit}.service | tail -1`);
      expect(Number(/([0-9.]+) (OK|MEDIUM|SAFE)/.exec(score)?.[1]), score).toBeLessThan(3);
    }
  });

  it('stays shut through a power cut and a start, and members come in again', async () => {
    const seen = await probe(lab, async () => {
      await lab.hosts.cache1.powerOff();
      await lab.hosts.cache1.boot();
      await lab.hosts.cache1.must('for i in $(seq 100); do systemctl is-active -q moodle-muc-mc1 moodle-muc-redis1 && exit 0; sleep 0.2; done; exit 1');
      await expectShutOutside(lab);
    });
    console.log(`through the restart: ${seen.attempts} attempts, ${seen.open.length} connections`);
    expect(seen.attempts).toBeGreaterThan(4);
    expect(seen.open).toEqual([]);
    await expectOpenToMembers(lab);
  });

  it('a table that somebody dropped is a failed check and a change that loads it again without a restart', async () => {
    const { cache1 } = lab.hosts;
    const pid = await cache1.must('systemctl show -p MainPID moodle-muc-mc1');
    await cache1.must('nft delete table inet moodle-muc-mc1');
    expect(await connectsFromOutside(cache1.ip, MEMCACHED)).toBe(true);
    const verify = await wizard(lab, ['verify', ...ANSWERS]);
    expect(JSON.stringify(verify.json['checks'])).toContain('the nftables table inet moodle-muc-mc1 is not loaded');
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
    expect(run.code, told(run)).toBe(0);
    await expectShutOutside(lab);
    expect(await cache1.must('systemctl show -p MainPID moodle-muc-mc1')).toBe(pid);
  });

  it.each(['start', 'reload', 'restart', 'stop'])('stays shut when nftables.service, which drops all tables, has to %s', async (verb) => {
    await lab.hosts.cache1.must(`systemctl ${verb} nftables`);
    await expectShutOutside(lab);
    expect((await lab.hosts.cache1.must('nft list tables')).match(/moodle-muc/g)).toHaveLength(2);
    if (verb !== 'stop') return;
    // A stop takes a memcached on tables along.
    await lab.hosts.cache1.must('systemctl start moodle-muc-mc1');
    await expectShutOutside(lab);
    await expectOpenToMembers(lab);
  });

  it('lets another address in without a restart when the answers name it, and shuts it out again', async () => {
    const { cache1, db1 } = lab.hosts;
    const pid = await cache1.must('systemctl show -p MainPID moodle-muc-mc1');
    await putAnswers(lab, both(`, network: {allow: [${db1.ip}]}`));
    expect((await wizard(lab, ['apply', ...ANSWERS, '--yes'])).code).toBe(0);
    expect(await askMemcached(db1, cache1.ip, MEMCACHED, ['version'])).toMatch(/^VERSION /);
    await expectShutOutside(lab);
    await putAnswers(lab, both());
    expect((await wizard(lab, ['apply', ...ANSWERS, '--yes'])).code).toBe(0);
    expect((await probe(lab, async () => {})).open).toEqual([]);
    expect(await cache1.must('systemctl show -p MainPID moodle-muc-mc1')).toBe(pid);
  });

  it('no hash of a file with a password is in a plan or on record', async () => {
    const sums = await lab.hosts.cache1.must('sha256sum /etc/moodle-cluster-wizard/*.secret.conf | cut -d" " -f1');
    const hashes = [...sums.trim().split('\n'), createHash('sha256').update(PASSWORD).digest('hex')];
    const plan = await wizard(lab, ['plan', ...ANSWERS], { REDIS_PASSWORD: 'another-password-of-24-letters' });
    expect(plan.code, told(plan)).toBe(10);
    expect(plan.stdout).toContain('redis1.secret.conf');
    for (const hash of hashes) {
      expect(plan.stdout).not.toContain(hash);
      const records = 'grep -rlF "$1" /root/.local/state/moodle-cluster-wizard /var/lib/moodle-cluster-wizard 2>/dev/null; true';
      expect(await lab.hosts.main.must(['sh', '-c', records, 'sh', hash])).toBe('');
    }
  });

  it('rolls back: no unit, no table, no package of it is left, and rules of others stay', async () => {
    const { cache1 } = lab.hosts;
    await cache1.must('nft add table inet of-others');
    const run = await wizard(lab, ['rollback', ...ANSWERS, '--yes', '--to', oldest]);
    expect(run.code, told(run)).toBe(0);
    expect((await cache1.exec('nft list tables')).stdout).not.toContain('moodle-muc');
    expect((await cache1.exec('ls -d /etc/moodle-cluster-wizard /etc/systemd/system/moodle-muc-*; command -v memcached redis-server')).stdout).toBe('');
  });
});

describe.each(TARGETS)('the network where systemd filters, %s', (release) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await targetLab(release);
    process.env['LAB_UNIFIED'] = '1';
    await lab.hosts.cache1.powerOff();
    await lab.hosts.cache1.boot();
    await putAnswers(lab, both());
  });
  afterAll(async () => {
    delete process.env['LAB_UNIFIED'];
    await lab?.down();
  });

  it('keeps everybody else out by IPAddressDeny alone, or with a table where that has gaps, during the installation and after a restart of the host', async () => {
    const { cache1 } = lab.hosts;
    const seen = await probe(lab, async () => {
      const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
      expect(run.code, told(run)).toBe(0);
      await cache1.powerOff();
      await cache1.boot();
      await cache1.must('for i in $(seq 100); do systemctl is-active -q moodle-muc-mc1 moodle-muc-redis1 && exit 0; sleep 0.2; done; exit 1');
      await expectShutOutside(lab);
      // An older systemd takes the filters of units away while it reads its files again.
      await cache1.must('for i in $(seq 40); do systemctl daemon-reload; done');
    });
    console.log(`with IPAddressDeny: ${seen.attempts} attempts, ${seen.open.length} connections`);
    expect(seen.open).toEqual([]);
    await expectOpenToMembers(lab);
    const version = Number(await cache1.must("systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p'"));
    expect((await cache1.exec('nft list tables')).stdout.includes('moodle-muc-mc1')).toBe(version < 252);
  });

  it('opens only when the answers say so, with the risk in the plan', async () => {
    await putAnswers(lab, both(', network: open'));
    const run = await wizard(lab, ['apply', ...ANSWERS, '--yes']);
    expect(run.code, told(run)).toBe(0);
    expect(await connectsFromOutside(lab.hosts.cache1.ip, MEMCACHED)).toBe(true);
    const plan = await wizard(lab, ['plan', ...ANSWERS]);
    expect(plan.stdout).toContain('open by the answers (network: open)');
  });
});
