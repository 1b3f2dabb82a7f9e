/** Threat model E, without hosts: who may reach a managed service, what is verified before a password is sent, and that no hash of a secret leaves a node. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { answersSchema, type ServiceAnswer } from '../../../src/answers/schema.js';
import { toConfiguration } from '../../../src/caches/plugins/configuration.js';
import type { Change, ServiceGuard } from '../../../src/core/change.js';
import type { GuardFacts, NodeFacts } from '../../../src/core/facts.js';
import { tableOfPath } from '../../../src/platform/managed-paths.js';
import { parseGuard, parsePaths, sections } from '../../../src/survey/parse.js';
import { serviceEndpoints, servicesStep } from '../../../steps/caches/2-services.js';
import { serviceQuestions } from '../../../steps/caches/2-services.questions.js';
import { afterwards, CLUSTER, facts, GUARD, input } from '../steps-system/world.js';
import { clusterNode } from '../survey/world.js';

const mem: ServiceAnswer = { name: 'mc1', plugin: 'memcached', node: 'cache1', manage: true, memory: '64M' };
const redis: ServiceAnswer = { name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '64M', password: 'secret:pw' };
const NFT: GuardFacts = { ...GUARD, ipDeny: false };
const NOTHING: GuardFacts = { ...GUARD, ipDeny: false, nft: 'refused' };
const planOf = (service: ServiceAnswer, guard: GuardFacts, bend: Partial<NodeFacts> = {}) =>
  servicesStep.plan(input({ services: [service] }, facts({ cache1: { guard, ...bend } })));
const contentOf = (changes: readonly Change[], end: string) => changes.flatMap((c) => (c.kind === 'file' && c.path.endsWith(end) ? [c.content] : []))[0] ?? '';
const effects = (changes: readonly Change[]) => changes.filter((c) => c.risk !== 'gate').map((c) => c.id);
const templates = fileURLToPath(new URL('../../../templates/', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mcw-network-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const sh = (script: string, args: readonly string[], stdin = ''): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile('sh', [join(templates, script), ...args], (_error, stdout) => resolve(stdout));
    child.stdin?.on('error', () => {}).end(stdin);
  });

describe('a managed service on the network', () => {
  it.each([mem, redis])('$plugin: systemd lets in the Moodle nodes and the node itself, where it enforces that', (service) => {
    const { changes, refusals } = planOf(service, GUARD);
    expect(refusals).toEqual([]);
    const dropIn = contentOf(changes, '.service.d/network.conf');
    expect(dropIn).toContain('\nIPAddressDeny=any\nIPAddressAllow=localhost 10.0.0.51 10.0.0.10 10.0.0.11 10.0.0.12\n');
    expect(dropIn).not.toMatch(/^ExecStartPre/m);
    expect(effects(changes)).not.toContain('package:cache1:nftables');
  });

  it.each([mem, redis])('$plugin: elsewhere the unit loads a table of its own before it starts', (service) => {
    const { changes } = planOf(service, NFT);
    const rules = contentOf(changes, `${service.name}.nft`);
    const port = service.plugin === 'redis' ? 6390 : 11311;
    for (const from of ['10.0.0.10', '10.0.0.11', '10.0.0.12']) expect(rules).toContain(`ip daddr 10.0.0.51 tcp dport ${port} ip saddr ${from} accept`);
    expect(rules).toMatch(new RegExp(`^ {4}ip daddr 10\\.0\\.0\\.51 tcp dport ${port} drop$`, 'm'));
    // Nobody else's table is named, and nothing is flushed.
    expect([...rules.matchAll(/^(?:table|delete table) inet (\S+)/gm)].map((m) => m[1])).toEqual(Array(3).fill(`moodle-muc-${service.name}`));
    expect(rules).not.toMatch(/flush/);
    expect(contentOf(changes, 'network.conf')).toContain(`\nExecStartPre=+/usr/sbin/nft -f /etc/moodle-cluster-wizard/${service.name}.nft\n`);
    expect(effects(changes)).toContain('package:cache1:nftables');
    expect(changes.find((c) => c.id === 'package:cache1:nftables')).toMatchObject({ keepStopped: ['nftables.service'] });
    const ids = changes.map((c) => c.id);
    expect(ids.indexOf(`file:cache1:/etc/moodle-cluster-wizard/${service.name}.nft`)).toBeLessThan(
      ids.indexOf(`unit:cache1:moodle-muc-${service.name}.service`),
    );
  });

  it.each([mem, redis])('$plugin: nftables.service loads that table again whenever it drops the tables of everybody', (service) => {
    const { changes } = planOf(service, NFT);
    const dropIn = contentOf(changes, `nftables.service.d/moodle-muc-${service.name}.conf`);
    for (const when of ['ExecStartPost', 'ExecReload', 'ExecStopPost'])
      expect(dropIn).toContain(`\n${when}=-+/usr/sbin/nft -f /etc/moodle-cluster-wizard/${service.name}.nft\n`);
    // Where systemd filters there is no table to lose.
    expect(contentOf(planOf(service, GUARD).changes, `moodle-muc-${service.name}.conf`)).toBe('');
  });

  it('memcached is refused where nothing can restrict it, with the risk named, and the answers can accept it', () => {
    const [refusal] = planOf(mem, NOTHING).refusals;
    expect(refusal?.code).toBe('platform-refused');
    expect(refusal?.message).toContain('nothing on this node can restrict who connects to mc1');
    expect(JSON.stringify(refusal)).toContain('runs as code');
    const open = planOf({ ...mem, network: 'open' }, NOTHING);
    expect(open.refusals).toEqual([]);
    expect(open.findings.find((f) => f.id.startsWith('services:exposure'))).toMatchObject({ level: 'warning' });
  });

  it('Redis is not refused there, since it asks for a password, but warned of', () => {
    const plan = planOf(redis, NOTHING);
    expect(plan.refusals).toEqual([]);
    expect(plan.findings.find((f) => f.id.startsWith('services:exposure'))).toMatchObject({ level: 'warning' });
  });

  it('open by the answers restricts nobody, wherever it runs', () => {
    const { changes } = planOf({ ...mem, network: 'open' }, GUARD);
    expect(contentOf(changes, 'network.conf')).not.toMatch(/^IPAddress/m);
    expect(changes.at(-1)).not.toHaveProperty('guard');
  });

  it.each(['shared', 'each-web-node'] as const)('a memcached (%s) is never called closed to the accounts of its machines', (placement) => {
    const { node, ...each } = mem;
    const { findings } = planOf(placement === 'shared' ? { ...each, node } : { ...each, placement }, GUARD);
    const exposure = findings.filter((f) => f.id.startsWith('services:exposure'));
    expect(exposure.length).toBeGreaterThan(0);
    for (const finding of exposure) {
      expect(finding.level).not.toBe('ok');
      expect(finding.is).toContain('every account on these machines');
    }
    const own = planOf(redis, GUARD).findings.find((f) => f.id.startsWith('services:exposure'));
    expect(own?.is).not.toContain('every account');
  });

  it('on loopback needs no guard', () => {
    const { node: _none, ...each } = mem;
    const { changes } = planOf({ ...each, placement: 'each-web-node' }, NOTHING);
    expect(contentOf(changes, 'network.conf')).toBe('');
    expect(contentOf(changes, '.service')).toContain('-l 127.0.0.1 ');
  });

  it('is never bound to every address, and memcached never speaks UDP', () => {
    for (const service of [mem, redis])
      for (const guard of [GUARD, NFT]) {
        const all = planOf(service, guard)
          .changes.flatMap((c) => (c.kind === 'file' ? [c.content] : []))
          .join('\n');
        expect(all).not.toMatch(/0\.0\.0\.0|\[?::\]?( |$)|INADDR_ANY/);
      }
    expect(contentOf(planOf(mem, GUARD).changes, 'mc1.service')).toMatch(/ -U 0 /);
  });

  it('is proven by the gate: on its node, and from nodes that load no Moodle', () => {
    const nodes = [...CLUSTER.nodes, clusterNode('db1', ['database'])];
    const of = facts();
    const plan = servicesStep.plan(input({ services: [mem] }, of, { ...CLUSTER, nodes }));
    const gate = plan.changes.at(-1);
    const guard: ServiceGuard = { node: 'cache1', unit: 'moodle-muc-mc1.service', address: '10.0.0.51', port: 11311, table: null, deniedFrom: ['db1'] };
    expect(gate).toMatchObject({ kind: 'service-ready', guard });
  });
});

describe('the list of nodes changes', () => {
  const grown = { ...CLUSTER, nodes: [...CLUSTER.nodes, clusterNode('web3', ['web'])] };
  const web3 = { ...(facts().nodes['web2'] as NodeFacts), node: 'web3', addresses: ['10.0.0.13'] };
  const later = (guard: GuardFacts) => {
    const first = input({ services: [mem] }, facts({ cache1: { guard } }));
    const done = afterwards(first, servicesStep.plan(first).changes);
    expect(effects(servicesStep.plan(done).changes)).toEqual([]);
    return { ...done, cluster: grown, facts: { ...done.facts, nodes: { ...done.facts.nodes, web3: { ...web3, reach: [] } } } };
  };

  it('systemd applies the new drop-in: no restart, nothing is lost', () => {
    expect(effects(servicesStep.plan(later(GUARD)).changes)).toEqual(['file:cache1:/etc/systemd/system/moodle-muc-mc1.service.d/network.conf']);
  });
  it('rules are loaded by a reload', () => {
    const plan = servicesStep.plan(later(NFT));
    expect(plan.changes.find((c) => c.kind === 'unit')).toMatchObject({ action: 'reload', risk: 'low' });
    expect(contentOf(plan.changes, '.nft')).toContain('ip saddr 10.0.0.13 accept');
  });
  it('a table that is gone is loaded again', () => {
    const done = later(NFT);
    const cache1 = (done.facts.nodes as Record<string, NodeFacts>)['cache1'] as NodeFacts;
    const nodes = { ...done.facts.nodes, cache1: { ...cache1, guard: { ...NFT, tables: [] } } };
    expect(effects(servicesStep.plan({ ...done, cluster: CLUSTER, facts: { ...done.facts, nodes } }).changes)).toEqual(['unit:cache1:moodle-muc-mc1.service']);
  });
  it('an excluded node whose address nobody knows stays let in', () => {
    const guard = { ...GUARD, allows: { 'moodle-muc-mc1.service': ['127.0.0.0/8', '::1/128', '10.0.0.51/32', '10.0.0.77/32'] } };
    expect(contentOf(planOf(mem, guard).changes, 'network.conf')).toMatch(/^IPAddressAllow=localhost .*10\.0\.0\.77$/m);
  });
});

describe('what the node tells of its guards', () => {
  it('is taken apart', () => {
    const text = 'ip-deny enforced\nnft usable\ntable moodle-muc-a\nallow moodle-muc-a.service 10.0.0.1/32 ::1/128 $(id)\n';
    expect(parseGuard(text)).toEqual({ ipDeny: true, nft: 'usable', tables: ['moodle-muc-a'], allows: { 'moodle-muc-a.service': ['10.0.0.1/32', '::1/128'] } });
    // A filter that is away at times is none.
    expect(parseGuard('ip-deny gaps\n').ipDeny).toBe(false);
    expect(parseGuard('')).toEqual({ ipDeny: false, nft: 'refused', tables: [], allows: {} });
  });
  it('only paths of ours have tables', () => {
    expect(tableOfPath('/etc/moodle-cluster-wizard/a-1.nft')).toBe('moodle-muc-a-1');
    for (const path of ['/etc/nftables.conf', '/etc/moodle-cluster-wizard/a.conf', '/etc/moodle-cluster-wizard/../x.nft']) expect(tableOfPath(path)).toBeNull();
  });
});

describe('TLS', () => {
  const outside = (tls: ServiceAnswer['tls']): ServiceAnswer => ({ name: 'r', plugin: 'redis', address: 'r.example.org:6380', password: 'secret:pw', tls });
  const link = (tls: ServiceAnswer['tls'], of = facts()) => serviceEndpoints(CLUSTER, { services: [outside(tls)] }, of)[0]?.tls;

  it('is verified unless the answers say none', () => {
    expect(link(true)).toEqual({ verify: true, cafile: '/etc/ssl/certs/ca-certificates.crt' });
    expect(link({ cafile: '/etc/ca.pem' })).toEqual({ verify: true, cafile: '/etc/ca.pem' });
    expect(link({ verify: 'none' })).toMatchObject({ verify: false });
    expect(link(false)).toBe(false);
  });
  it('has Moodle verify too: the store gets the file', () => {
    const service = { endpoint: { host: 'r', port: 1 }, password: 'pw' };
    const request = { plugin: 'redis', branch: '405' };
    const of = (tls: { verify: boolean; cafile?: string }) => toConfiguration({ ...request, service: { ...service, tls } }).configuration;
    expect(of({ verify: true, cafile: '/etc/ca.pem' })).toMatchObject({ encryption: 1, cafile: '/etc/ca.pem' });
    expect(of({ verify: false })).toMatchObject({ encryption: 1, cafile: '' });
  });
  it('without verification is a warning', () => {
    const { findings } = servicesStep.plan(input({ services: [outside({ verify: 'none' })] }));
    expect(findings.find((f) => f.id === 'services:tls:r')).toMatchObject({ level: 'warning' });
  });
  it('is refused where Moodle has no one file to verify by', () => {
    const rocky = { id: 'rocky', versionId: '9.4', name: 'Rocky Linux 9', family: 'rhel' } as const;
    const of = facts({ web1: { os: rocky } });
    const { refusals } = servicesStep.plan(input({ services: [outside(true)] }, of));
    expect(refusals.map((r) => r.message).join()).toContain('Moodle has one setting for all');
    expect(servicesStep.plan(input({ services: [outside({ cafile: '/etc/ca.pem' })] }, of)).refusals).toEqual([]);
  });
  it('is opened in one place, and nothing else may skip the verification', () => {
    const php = readdirSync(templates, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.php'));
    const found = (pattern: RegExp) => php.filter((f) => pattern.test(readFileSync(join(templates, f), 'utf8'))).sort();
    // http.php asks for pages as a guest does: it sends no secret.
    expect(found(/verify_peer'? *=> *false/)).toEqual(['bridge/lib/http.php', 'bridge/lib/socket.php']);
    expect(found(/'tls:\/\/'|'tls'\s*:\s*'tcp'/)).toEqual(['bridge/lib/http.php', 'bridge/lib/socket.php', 'measure/lib/clients.php']);
    expect(found(/[^_]mcw_connect\(/)).toEqual(['bridge/lib/memcached-empty.php', 'bridge/lib/socket.php']);
  });
});

describe('answers', () => {
  const schema = answersSchema.shape.services.unwrap().element;
  const ok = (value: object) => schema.safeParse({ name: 'a', plugin: 'redis', ...value }).success;
  it.each([
    { tls: true },
    { tls: { cafile: '/etc/ca.pem' } },
    { tls: { verify: 'none' } },
    { network: 'open' },
    { network: { allow: ['10.0.0.7', '10.1.0.0/16'] } },
  ])('%j', (value) => expect(ok(value)).toBe(true));
  it.each([
    { tls: 'yes' },
    { tls: { verify: false } },
    { tls: { cafile: 'ca.pem' } },
    { network: 'any' },
    { network: { allow: [] } },
    { network: { allow: ['0.0.0.0/0'] } },
    { network: { allow: ['10.0.0.1; drop'] } },
    { network: { allow: ['300.0.0.1'] } },
  ])('not %j', (value) => expect(ok(value)).toBe(false));
  it('the wizard asks from the review, with the risk, and TLS with what is verified', () => {
    const questions = (service: object) => serviceQuestions({ answers: { nodes: [], services: [service] }, facts: null, advice: null });
    const who = questions({ ...mem }).find((q) => q.key === 'services.0.network');
    expect(who).toMatchObject({ default: 'nodes', advanced: true });
    expect(who?.help).toContain('runs as code');
    const tls = questions({ name: 'r', plugin: 'redis', manage: false }).find((q) => q.key === 'services.0.tls');
    expect(tls?.choices?.map((c) => c.value)).toEqual(['false', 'true', 'file', 'none']);
    expect([tls?.encode?.(true), tls?.encode?.({ verify: 'none' }), tls?.encode?.({ cafile: '/x' })]).toEqual(['true', 'none', 'file']);
  });
});

describe('no hash of a secret leaves a node', () => {
  const secretPath = '/etc/moodle-cluster-wizard/redis1.secret.conf';
  it('not in a plan, whatever the survey tells', () => {
    const leaked = 'a'.repeat(64);
    const paths = { [secretPath]: { path: secretPath, exists: true, owner: 'root', group: 'redis', mode: '640', sha256: leaked } };
    const { changes } = planOf(redis, GUARD, { paths });
    expect(changes.find((c) => c.kind === 'file' && c.path === secretPath)).toMatchObject({ before: 'secret' });
    expect(JSON.stringify(changes)).not.toContain(leaked);
  });
  it('not in the survey, nor when a change looks at the file', async () => {
    const [plain, secret] = [join(dir, 'redis1.conf'), join(dir, 'redis1.secret.conf')];
    const hash = createHash('sha256').update('requirepass "guess me"\n').digest('hex');
    for (const path of [plain, secret]) writeFileSync(path, 'requirepass "guess me"\n');
    const text = await sh('survey/survey.sh', ['templates', 'bare', plain, secret], 'mark\n');
    const paths = parsePaths(sections(text, 'mark')['paths'] ?? '');
    expect(paths[plain]?.sha256).toBe(hash);
    expect(paths[secret]).toMatchObject({ exists: true });
    expect(paths[secret]).not.toHaveProperty('sha256');
    expect(await sh('sh/apply-look.sh', [secret])).toContain(hash);
    expect(await sh('sh/apply-look.sh', [secret, 'no-hash'])).not.toContain(hash);
    expect(await sh('sh/same-content.sh', [secret], 'requirepass "guess me"\n')).toBe('same\n');
    expect(await sh('sh/same-content.sh', [secret], 'requirepass "other"\n')).toBe('other\n');
    expect(await sh('sh/same-content.sh', [join(dir, 'absent')], '')).toBe('other\n');
  });
});

describe('a managed Redis', () => {
  const { changes } = planOf(redis, GUARD);
  it('shares its user with nobody, and reads a password that only root can read', () => {
    const unit = contentOf(changes, 'redis1.service');
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(unit).not.toMatch(/^User=/m);
    expect(unit).toMatch(/^StandardInput=file:\/etc\/moodle-cluster-wizard\/redis1\.secret\.conf$/m);
    expect(changes.find((c) => c.kind === 'file' && c.holdsSecret)).toMatchObject({ mode: 0o600, owner: 'root', group: 'root' });
  });
  it('has no commands that load code or copy another server', () => {
    const conf = contentOf(changes, 'redis1.conf');
    for (const name of ['MODULE', 'DEBUG', 'REPLICAOF', 'SLAVEOF']) expect(conf).toContain(`rename-command ${name} ""\n`);
    for (const name of ['module-command', 'debug-command', 'protected-configs']) expect(conf).toMatch(new RegExp(`^enable-${name} no$`, 'm'));
    const debian11 = contentOf(planOf(redis, GUARD, { os: { id: 'debian', versionId: '11', name: 'Debian 11', family: 'debian' } }).changes, 'redis1.conf');
    // Redis 6 does not start with a setting it does not know.
    expect(debian11).not.toMatch(/^enable-/m);
  });
  it.each(['redis.service', 'memcached.service'])('%s is hardened', (name) => {
    const unit = readFileSync(join(templates, 'services', name), 'utf8');
    const words = ['NoNewPrivileges=true', 'ProtectSystem=strict', 'ProtectHome=true', 'PrivateTmp=true', 'PrivateDevices=true', 'MemoryDenyWriteExecute=true'];
    for (const word of [...words, 'RestrictAddressFamilies=AF_INET AF_UNIX', 'SystemCallFilter=@system-service', 'CapabilityBoundingSet=', 'UMask=0077'])
      expect(unit.split('\n')).toContain(word);
  });
});

describe('a memcached of others', () => {
  it('that every host can reach is warned of, named in the answers or not', () => {
    const listeners = [{ protocol: 'tcp' as const, address: '0.0.0.0', port: 11211, process: 'memcached', pid: 7 }];
    const of = facts({ cache1: { listeners } });
    const named = servicesStep.plan(input({ services: [{ name: 'm', plugin: 'memcached', node: 'cache1' }] }, of));
    expect(named.findings.find((f) => f.id === 'services:open:m')).toMatchObject({ level: 'warning', is: expect.stringContaining('0.0.0.0:11211') });
    const found = servicesStep.plan(input({}, of)).findings.find((f) => f.id.startsWith('services:found:cache1:memcached'));
    expect(found).toMatchObject({ level: 'warning', is: expect.stringContaining('asks for no password') });
  });
});
