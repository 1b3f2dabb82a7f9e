/** Settings of a store instance against what its plugin knows, with the help of the field (guide 4.2). */

import type { StoreAnswer } from '../../../src/answers/schema.js';
import { storePlugin } from '../../../src/caches/plugins/catalog.js';
import { checkSetting, type SettingValue } from '../../../src/caches/plugins/values.js';

/** The first setting that does not fit, as sentences; null when all do, or when nobody here knows the plugin. */
export function settingProblem({ plugin, settings }: Pick<StoreAnswer, 'plugin' | 'settings'>): string | null {
  const known = storePlugin(plugin);
  if (!known) return null;
  for (const [key, value] of Object.entries(settings ?? {})) {
    const setting = known.settings.find((s) => s.key === key);
    if (!setting) return `The ${known.title} store has no setting "${key}". Settings: ${known.settings.map((s) => s.key).join(', ')}.`;
    const wrong = checkSetting(setting, value as SettingValue);
    if (wrong !== null) return `${key} ${wrong}. ${setting.help} Example: ${setting.example}`;
  }
  return null;
}
