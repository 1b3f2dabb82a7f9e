/** Changes that make a managed service be as it must be on one node. Pure. */

import type { ManagedFile } from '../../../src/caches/plugins/server-types.js';
import { isAllowed, isEnforced, isGuardFile } from '../../../src/caches/services/guard.js';
import { type ManagedService, managedServices, sha256 } from '../../../src/caches/services/managed.js';
import { nodeInfo, reachOf } from '../../../src/caches/services/reach.js';
import { CACHE_STEP } from '../../../src/caches/steps.js';
import type { Change, ServiceGuard } from '../../../src/core/change.js';
import { activeNodes, MOODLE_ROLES, moodleNodes } from '../../../src/core/cluster.js';
import type { ReachFacts } from '../../../src/core/facts.js';
import { remedy } from '../../../src/core/remedy.js';
import { CONFIG_DIR, dropInDir, NFTABLES_DROP_IN_DIR, tableName } from '../../../src/platform/managed-paths.js';
import type { PlanInput } from '../../../src/track/step.js';
import { lossText, sessionsLiveOn } from './loss.js';

const STEP = CACHE_STEP.services;

/** True when a unit of ours is active on the node. */
export function isActive(service: ManagedService): boolean {
  return service.facts.units.some((u) => u.name === service.unit && u.active === 'active');
}

function isEnabled(service: ManagedService): boolean {
  return service.facts.units.some((u) => u.name === service.unit && u.enabled === 'enabled');
}

export const isWrongPassword = (reach: ReachFacts) => !reach.ok && /password|noauth|wrongpass|authenticat/i.test(reach.error ?? '');

/**
 * Whether a file must be written. One that holds the password cannot be compared by hash: it is right when the service lets the
 * Moodle nodes in, and is written again when it refuses their password or when nobody can ask it.
 */
function mustWrite(input: PlanInput, service: ManagedService, file: ManagedFile): boolean {
  const is = service.facts.paths[file.path];
  if (!is?.exists) return true;
  const mode = file.mode.toString(8);
  const attributes = [is.owner ?? file.owner, is.group ?? file.group, is.mode ?? mode];
  if (attributes.join(' ') !== [file.owner, file.group, mode].join(' ')) return true;
  if (!file.holdsSecret) return is.sha256 !== sha256(file.content);
  if (!isActive(service)) return true;
  return reachOf(input, service.answer.name).some(({ reach }) => reach !== null && isWrongPassword(reach));
}

/** A run that ended between writing a file and the restart leaves a service that still runs its former settings. */
function runsOldSettings(input: PlanInput, service: ManagedService): boolean {
  const info = nodeInfo(input, service.answer.name, service.answer.placement === 'each-web-node' ? service.node : null);
  const limit = info ? service.server.memoryLimit(info) : undefined;
  if (limit !== undefined && Number(limit) !== service.memoryMb * 1024 * 1024) return true;
  const reported = service.facts.units.find((u) => u.name === service.unit)?.description;
  return reported !== undefined && reported !== service.description;
}

function base(service: ManagedService, kind: string, target: string) {
  return { id: `${kind}:${service.node}:${target}`, node: service.node, step: STEP, lane: 'parallel', risk: 'low', notifies: [] } as const;
}

function packageChange(service: ManagedService, after: readonly string[]): Change | null {
  const missing = service.package.packages.filter((p) => service.facts.packages[p] === undefined);
  if (missing.length === 0) return null;
  const units = service.package.defaultUnits;
  return {
    ...base(service, 'package', missing.join('+')),
    kind: 'package',
    what: `Install ${missing.join(', ')}`,
    why: `${service.answer.name} needs it. Its default unit (${units.join(', ')}) is not started: the wizard runs a unit of its own.`,
    after,
    undo: remedy`The installed packages are removed, unless other packages need them by then.`,
    packages: missing,
    keepStopped: units,
  };
}

/** nftables where systemd cannot filter: its own unit, which would drop the rules of everybody, is never started. */
function firewallPackage(service: ManagedService, after: readonly string[]): Change | null {
  if (!service.guard?.byRules || service.guard.open || service.facts.guard?.nft === 'usable' || service.facts.packages['nftables'] !== undefined) return null;
  return {
    ...base(service, 'package', 'nftables'),
    kind: 'package',
    what: 'Install nftables',
    why: `Only the Moodle nodes may reach ${service.answer.name}, and systemd cannot filter connections on this node.`,
    after,
    undo: remedy`The installed packages are removed, unless other packages need them by then.`,
    packages: ['nftables'],
    keepStopped: ['nftables.service'],
  };
}

function directoryChange(service: ManagedService, directory: string, why: string): Change | null {
  // A file of ours that exists proves the folder, where the survey did not look at the folder itself.
  const is = service.facts.paths[directory];
  const known = service.files.some((f) => f.path.startsWith(`${directory}/`) && service.facts.paths[f.path]?.exists);
  if (is?.exists || (is === undefined && known) || !service.files.some((f) => f.path.startsWith(`${directory}/`))) return null;
  return {
    ...base(service, 'directory', directory),
    kind: 'directory',
    what: `Create ${directory}`,
    why,
    after: [],
    undo: remedy`The folder is removed when it is empty.`,
    path: directory,
    mode: 0o755,
    owner: 'root',
    group: 'root',
  };
}

function guardReason({ answer, guard, address, port }: ManagedService): string {
  if (!guard || guard.open) return `${answer.name} is open to every host that can route to it, as set in the answers (network: open).`;
  return `Only ${guard.allowed.join(', ')} can connect to ${answer.name} (${address}:${port}), also after a reboot.`;
}

function fileChange(service: ManagedService, file: ManagedFile, after: readonly string[]): Change {
  const is = service.facts.paths[file.path];
  return {
    ...base(service, 'file', file.path),
    kind: 'file',
    what: `${is?.exists ? 'Rewrite' : 'Write'} ${file.path}`,
    why: file.holdsSecret
      ? `The password of ${service.answer.name}, readable by root only.`
      : isGuardFile(file.path)
        ? guardReason(service)
        : file.path.endsWith('.service')
          ? `A unit of its own for ${service.answer.name}: it shares neither process nor settings with other services on this node.`
          : `${service.answer.name} listens on ${service.address}:${service.port} only, keeps ${service.memoryMb} MB at most and nothing on disk.`,
    after,
    undo: is?.exists ? remedy`The previous file is restored.` : remedy`The file is removed.`,
    path: file.path,
    content: file.content,
    mode: file.mode,
    owner: file.owner,
    group: file.group,
    before: file.holdsSecret ? (is?.exists ? 'secret' : null) : (is?.sha256 ?? null),
    holdsSecret: file.holdsSecret,
  };
}

function unitChange(input: PlanInput, service: ManagedService, files: readonly ManagedFile[], after: readonly string[]): Change | null {
  const active = isActive(service);
  const restart = active && (files.some((f) => !isGuardFile(f.path)) || runsOldSettings(input, service));
  if (active && !restart && isEnabled(service)) return rulesChange(service, files, after);
  const sessions = restart && sessionsLiveOn(input, service);
  return {
    ...base(service, 'unit', service.unit),
    kind: 'unit',
    what: restart ? `Restart ${service.unit}` : `Start ${service.unit}, now and at every boot`,
    why: restart ? 'It reads its settings only when it starts.' : `${service.answer.name} must run.`,
    after,
    risk: sessions ? 'irreversible' : restart ? 'interrupts' : 'low',
    ...(restart ? { riskText: lossText(input, service, { sessions, newPassword: files.some((f) => f.holdsSecret) }) } : {}),
    undo: restart ? remedy`It is restarted with its previous settings. Its content is lost.` : remedy`It is stopped and no longer starts at boot.`,
    unit: service.unit,
    action: restart ? 'restart' : 'start',
    enable: true,
  };
}

/** systemd applies a drop-in by itself; rules of nftables are loaded by a reload, which interrupts nobody. */
function rulesChange(service: ManagedService, files: readonly ManagedFile[], after: readonly string[]): Change | null {
  const loaded = service.facts.guard?.tables.includes(tableName(service.answer.name)) ?? true;
  if (!service.guard?.byRules || (files.length === 0 && loaded)) return null;
  return {
    ...base(service, 'unit', service.unit),
    kind: 'unit',
    what: `Load the firewall rules of ${service.unit}`,
    why: loaded ? 'Its rules changed.' : `The nftables table inet ${tableName(service.answer.name)} is not loaded, so other hosts could connect.`,
    after,
    undo: remedy`The rules follow their file.`,
    unit: service.unit,
    action: 'reload',
    enable: true,
  };
}

/** What the gate proves of who may connect; undefined where nothing restricts that. */
function gateGuard(input: PlanInput, name: string): ServiceGuard | undefined {
  const service = managedServices(input).find((s) => s.answer.name === name && s.guard !== null);
  if (!service?.guard || service.guard.open || !isEnforced(service.guard)) return undefined;
  const { guard, node, unit, address, port } = service;
  const strangers = activeNodes(input.cluster).filter((n) => n.name !== node && !n.roles.some((r) => MOODLE_ROLES.includes(r)));
  const denied = strangers.filter((n) => !isAllowed(guard, input.facts.nodes[n.name]?.addresses ?? []));
  return { node, unit, address, port, table: guard.byUnit ? null : tableName(name), deniedFrom: denied.map((n) => n.name) };
}

function readyGate(input: PlanInput, service: string, after: readonly string[]): Change {
  const guard = gateGuard(input, service);
  const nodes = moodleNodes(input.cluster).map((n) => n.name);
  return {
    kind: 'service-ready',
    id: `service-ready:*:${service}`,
    node: '*',
    step: STEP,
    what: guard ? `Check that ${service} answers every Moodle node, and nobody else` : `Check that ${service} answers every Moodle node`,
    why: 'A node that cannot reach it would silently use the shared file store instead.',
    after,
    lane: 'main',
    risk: 'gate',
    undo: remedy`Nothing to undo.`,
    notifies: [],
    service,
    fromNodes: nodes,
    ...(guard === undefined ? {} : { guard }),
  };
}

/** All changes of step 2: packages, files, units, and a gate for every service once there is any effect at all. */
export function serviceChanges(input: PlanInput): readonly Change[] {
  const changes = new Map<string, Change>();
  const unitsOf = new Map<string, string[]>();
  const add = (change: Change | null): string[] => {
    if (!change) return [];
    // Two services of a kind on one node share their package and folder.
    if (!changes.has(change.id)) changes.set(change.id, change);
    return [change.id];
  };
  for (const service of managedServices(input)) {
    // One package manager at a time on a node.
    const earlier = () => [...changes.values()].filter((c) => c.kind === 'package' && c.node === service.node).map((c) => c.id);
    const before = [
      ...add(packageChange(service, earlier())),
      ...add(firewallPackage(service, earlier())),
      ...add(directoryChange(service, CONFIG_DIR, 'Configuration of cache services that the wizard runs.')),
      ...add(directoryChange(service, dropInDir(service.answer.name), `Settings of ${service.unit} that say who may connect.`)),
      ...add(directoryChange(service, NFTABLES_DROP_IN_DIR, 'Settings of nftables.service that load the rules of the service again.')),
    ];
    const toWrite = service.files.filter((f) => mustWrite(input, service, f));
    const files = toWrite.flatMap((f) => add(fileChange(service, f, before)));
    const unit = add(unitChange(input, service, toWrite, [...before, ...files]));
    unitsOf.set(service.answer.name, [...(unitsOf.get(service.answer.name) ?? []), ...unit]);
  }
  if (changes.size === 0) return [];
  const everything = [...changes.keys()];
  const gates = (input.answers.services ?? []).map((s) => readyGate(input, s.name, unitsOf.get(s.name) ?? everything));
  return [...changes.values(), ...gates];
}
