/** What an answer does to the draft besides being there. */

import { type Draft, getAt, setAt } from './draft.js';

/** Answers that pull others with them. */
export function setAnswer(draft: Draft, key: string, value: unknown): Draft {
  const plugin = /^services\.(\d+)\.plugin$/.exec(key);
  if (plugin) {
    const at = `services.${plugin[1]}`;
    if (value === undefined) return getAt(draft, at) === undefined ? draft : setAt(draft, at, undefined);
    return getAt(draft, key) === value ? draft : setAt(draft, at, { plugin: value });
  }
  const next = setAt(draft, key, value);
  const managed = /^(services\.\d+)\.manage$/.exec(key);
  if (managed && getAt(draft, key) !== value) {
    const gone = value === true ? ['address', 'tls'] : ['node', 'placement', 'port', 'memory', 'maxItemSize', 'network'];
    return gone.reduce((d, field) => (getAt(d, `${managed[1]}.${field}`) === undefined ? d : setAt(d, `${managed[1]}.${field}`, undefined)), next);
  }
  const placement = /^(services\.\d+)\.placement$/.exec(key);
  if (placement && value === 'each-web-node') return setAt(setAt(next, `${placement[1]}.node`, undefined), `${placement[1]}.network`, undefined);
  if (key === 'ssh.sudo' && !String(value).startsWith('password')) return setAt(next, 'secrets.sudoPassword', undefined);
  return next;
}
