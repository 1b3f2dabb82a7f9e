/** From settings to the array Moodle keeps, and back to what two such arrays mean. */

import { createHash } from 'node:crypto';
import { branchNumber, branchText } from './branch.js';
import { serverOf, settingOnBranch, storePlugin } from './catalog.js';
import type { Configuration, ServiceSettings, SettingValue } from './shapes.js';
import type { Setting } from './types.js';
import { checkSetting, keptValue, secretName, seenValue } from './values.js';

export type { Configuration, ServiceSettings } from './shapes.js';

export interface ConfigurationRequest {
  readonly plugin: string;
  /** `$branch` of this Moodle; '' when unknown. */
  readonly branch: string;
  readonly settings?: Readonly<Record<string, SettingValue>>;
  readonly service?: ServiceSettings;
  /** Prefix for a new instance when the settings name none. */
  readonly prefix?: string;
}

export interface ConfigurationResult {
  /** The whole array for a new instance, keys in the order of Moodle's own form. */
  readonly configuration: Configuration;
  /** Keys that the answers name, so that must hold for an instance that is there already. */
  readonly named: readonly string[];
  /** What this Moodle cannot have, a sentence each. */
  readonly problems: readonly string[];
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === false || value === 0;
}

/** False values of settings this Moodle does not know change nothing, so they are no reason to refuse. */
function missingHere(setting: Setting, value: SettingValue, branch: number, title: string): string | null {
  if (settingOnBranch(setting, branch) || isEmpty(value)) return null;
  return `The setting "${setting.key}" of the ${title} store came with Moodle ${branchText(setting.since ?? 0)}; this is ${branchText(branch)}.`;
}

/** A value that this Moodle's code cannot live with. */
function brokenHere(setting: Setting, value: SettingValue, branch: number): string | null {
  const { broken } = setting;
  if (!broken || branch < broken.since || (value === true || value === 1) !== broken.value) return null;
  return `${setting.key} must not be ${broken.value ? 'on' : 'off'}: ${broken.why}.`;
}

/** Settings of a plugin that the catalogue does not know: as given, `secret:NAME` as a mark. */
function withSecretMarks(given: Readonly<Record<string, SettingValue>>): Configuration {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const name = secretName(value);
      return [key, name === null ? value : { $secret: name }];
    }),
  );
}

/**
 * The configuration array for a store plugin, exactly as Moodle's form would leave it on this branch; secrets as `{"$secret": NAME}`.
 * Plugins that the catalogue does not know get their settings as given.
 */
export function toConfiguration(request: ConfigurationRequest): ConfigurationResult {
  const known = storePlugin(request.plugin);
  const given: Record<string, SettingValue> = { ...(request.service ? known?.server?.fromService(request.service) : {}), ...request.settings };
  if (!known) return { configuration: withSecretMarks(given), named: Object.keys(given), problems: [] };
  const branch = branchNumber(request.branch);
  const configuration: Record<string, unknown> = {};
  const named: string[] = [];
  const problems: string[] = [];
  for (const setting of known.settings) {
    const value = Object.hasOwn(given, setting.key) ? given[setting.key] : undefined;
    if (value !== undefined) {
      const wrong = checkSetting(setting, value);
      const missing = missingHere(setting, value, branch, known.title);
      if (wrong !== null) problems.push(`${setting.key} ${wrong}.`);
      if (missing !== null) problems.push(missing);
      const broken = wrong === null ? brokenHere(setting, value, branch) : null;
      if (broken !== null) problems.push(broken);
      if (wrong !== null || missing !== null || !settingOnBranch(setting, branch)) continue;
      named.push(setting.key);
      if (!(setting.omitEmpty && isEmpty(value))) configuration[setting.key] = keptValue(setting, value);
      continue;
    }
    const standard = setting.key === 'prefix' && request.prefix !== undefined ? request.prefix : setting.default;
    if (!settingOnBranch(setting, branch) || setting.notInForm || (setting.omitEmpty && isEmpty(standard))) continue;
    configuration[setting.key] = setting.type === 'secret' ? '' : keptValue(setting, standard as SettingValue);
  }
  for (const key of Object.keys(given)) if (!known.settings.some((s) => s.key === key)) problems.push(`The ${known.title} store has no setting "${key}".`);
  const complete = known.complete?.(configuration, named) ?? configuration;
  return { configuration: complete, named, problems: problems.length > 0 ? problems : (known.problems?.(complete, branch) ?? []) };
}

/** Whether two configurations of a plugin point at the same server and the same data: what makes an instance adoptable. */
export function sameServer(plugin: string, a: Configuration, b: Configuration): boolean {
  const key = dataKey(plugin, a);
  return key !== null && key === dataKey(plugin, b);
}

/** A text that two configurations share when they reach the same data; null when that cannot be said. */
function dataKey(plugin: string, configuration: Configuration): string | null {
  return storePlugin(plugin)?.dataKey?.(configuration) ?? null;
}

/** Addresses of the servers a configuration names: `host:port`, for warnings about servers that two sides use. */
export function serversOf(plugin: string, configuration: Configuration): readonly string[] {
  return serverOf(plugin)?.servers(configuration) ?? [];
}

/** Secrets compared unseen: `hmac:HEX` of the file against the HMAC of ours, with or without its label. */
function sameSecret(stored: unknown, name: string, hmacs: Readonly<Record<string, string>>): boolean {
  const ours = Object.hasOwn(hmacs, name) ? hmacs[name] : undefined;
  const bare = (text: string): string => text.replace(/^hmac:/, '');
  return ours !== undefined && typeof stored === 'string' && stored !== '' && bare(stored) === bare(ours);
}

/** Whether an instance that is there behaves as the named keys of `wanted` ask, as Moodle's code sees them. */
export function differences(plugin: string, existing: Configuration, wanted: ConfigurationResult, hmacs: Readonly<Record<string, string>>): readonly string[] {
  const known = storePlugin(plugin);
  return wanted.named.filter((key) => {
    const value = wanted.configuration[key];
    const setting = known?.settings.find((s) => s.key === key);
    if (isSecretMark(value)) return !sameSecret(existing[key], value.$secret, hmacs);
    if (!setting) return JSON.stringify(existing[key]) !== JSON.stringify(value);
    return seenValue(setting, existing[key]) !== seenValue(setting, value);
  });
}

/** `existing` with the named keys of `wanted` laid over it; all else stays, secrets unseen. */
export function overlay(existing: Configuration, wanted: ConfigurationResult): Configuration {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(existing)) out[key] = holdsHidden(value) ? { $keep: true } : value;
  for (const key of wanted.named) {
    if (Object.hasOwn(wanted.configuration, key)) out[key] = wanted.configuration[key];
    else delete out[key];
  }
  return out;
}

/** Facts carry stored secrets, also those inside addresses, as `hmac:HEX`: such a value can only be kept as it is. */
function holdsHidden(value: unknown): boolean {
  return value !== undefined && JSON.stringify(value).includes('hmac:');
}

export function isSecretMark(value: unknown): value is { readonly $secret: string } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$secret');
}

/**
 * A prefix for a new instance: the same every time for the same site, environment and name, and none of `taken`.
 * @param site site identifier; @param environment what tells a copy of the site apart, its wwwroot
 * @returns five characters: what Moodle's forms for Redis and APCu allow
 */
export function derivePrefix(site: string, environment: string, store: string, taken: readonly string[]): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  for (let round = 0; ; round++) {
    const digest = createHash('sha256')
      .update(JSON.stringify([site, environment, store, round]))
      .digest();
    const text = Array.from(digest.subarray(0, 4), (byte) => letters[byte % letters.length]).join('');
    if (!taken.includes(`${text}_`)) return `${text}_`;
  }
}
