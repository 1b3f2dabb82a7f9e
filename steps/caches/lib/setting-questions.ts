/** Guide 4.1 and 4.2: the name, and every field of a store plugin with its help. */

import type { StoreAnswer } from '../../../src/answers/schema.js';
import { branchNumber } from '../../../src/caches/plugins/branch.js';
import { settingOnBranch, storePlugin } from '../../../src/caches/plugins/catalog.js';
import type { Setting } from '../../../src/caches/plugins/types.js';
import { checkSetting, type SettingValue } from '../../../src/caches/plugins/values.js';
import type { Question, QuestionKind } from '../../../src/track/step.js';

const KIND: Readonly<Record<Setting['type'], QuestionKind>> = {
  text: 'text',
  path: 'text',
  integer: 'number',
  boolean: 'confirm',
  servers: 'list',
  secret: 'text',
};
/** Settings that a service stands for. */
const FROM_SERVICE: readonly string[] = ['server', 'servers', 'password', 'username', 'database', 'encryption'];

function question(plugin: string, setting: Setting, index: number): Question {
  const choices = setting.choices?.map((c) => ({ value: String(c.value), label: `${c.value} ${c.label}` }));
  return {
    key: `stores.${index}.settings.${setting.key}`,
    kind: choices ? 'select' : KIND[setting.type],
    message: setting.key,
    help: `${setting.help} Example: ${setting.example}`,
    default: setting.type === 'servers' ? [] : setting.default,
    ...(choices ? { choices } : {}),
    validate: (value) => {
      if (value === '' || value === undefined) return null;
      const wrong = checkSetting(plugin, setting, value as SettingValue);
      return wrong === null ? null : `${setting.key} ${wrong}.`;
    },
  };
}

/** One question for each setting that this Moodle knows and that does not come from the service. */
export function settingQuestions(store: Pick<StoreAnswer, 'plugin' | 'service'>, index: number, branch: string): readonly Question[] {
  const known = storePlugin(store.plugin);
  if (!known) return [];
  return known.settings
    .filter((s) => settingOnBranch(s, branchNumber(branch)) && !s.notInForm && !(store.service !== undefined && FROM_SERVICE.includes(s.key)))
    .map((s) => question(store.plugin, s, index));
}
