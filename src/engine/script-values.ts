/** Values that a rendered root script relies on, checked where it is written: a script that is found to be wrong when it is needed helps nobody. Pure. */

import { WizardError } from '../core/errors.js';
import { remedy } from '../core/remedy.js';

const ABSOLUTE = /^\/[^\0-\x1f\x7f-\x9f]*$/;

const FORMS = {
  /** An account's name: what useradd, adduser and directory services allow, and nothing that an option could begin with. */
  user: /^[A-Za-z_][A-Za-z0-9_.@$-]{0,63}$/,
  mode: /^[0-7]{3,4}$/,
  path: ABSOLUTE,
  sha256: /^[0-9a-f]{64}$/,
  unit: /^[A-Za-z0-9@:_.][A-Za-z0-9@:_.\\-]{0,200}\.service$/,
  program: /^(?:[a-z0-9.-]+|\/[^\0-\x1f\x7f-\x9f]*)$/,
  id: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
} as const;

export type ValueForm = keyof typeof FORMS;

/**
 * The value, when it has the form that the script relies on.
 * @param what its name for the error, such as "user of the cache configuration file"
 * @throws WizardError `platform-refused` that names the value and the node
 */
export function scriptValue(node: string, what: string, value: string, form: ValueForm): string {
  const climbs = (form === 'path' || form === 'program') && value.split('/').some((part) => part === '..' || part === '.');
  if (FORMS[form].test(value) && !climbs) return value;
  throw new WizardError('platform-refused', `${node}: the ${what} cannot be used in a root script: ${JSON.stringify(value.slice(0, 200))}.`, {
    nodes: [node],
    remedies: [remedy`Correct it on ${node} or in the answers file, then run again: expected ${EXPECTED[form]}.`],
  });
}

const EXPECTED: Readonly<Record<ValueForm, string>> = {
  user: 'the name of an account',
  mode: 'an octal file mode such as 0660',
  path: 'an absolute path without control characters, "." and ".."',
  sha256: 'a SHA-256 hash',
  unit: 'the name of a systemd service',
  program: 'the name or absolute path of a program',
  id: 'letters, digits, dots and dashes',
};
