/** One trouble, how it comes about on the hosts, and what the administrator must be told. */

import type { Lab } from '../../lab/index.js';

export interface Refusal {
  /** What a user relies on. */
  readonly name: string;
  /** Brings the trouble about. */
  readonly trouble?: (lab: Lab) => Promise<unknown>;
  /** Takes it away again. */
  readonly undo?: (lab: Lab) => Promise<unknown>;
  /** Changes the text of the answers file. */
  readonly answers?: (text: string) => string;
  /** Another file than the one on main. */
  readonly answersFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly code: string;
  /** Nodes that the error names; a node name is also looked for in the words. */
  readonly nodes?: readonly string[];
  /** What message, evidence and remedies must say: the thing, the place, the remedy. */
  readonly words: readonly (string | RegExp)[];
  /** `plan` only looks, so it need not be refused: its exit code then. */
  readonly planExit?: number;
}

export const ANSWERS = '/root/answers.yaml';

/** A shell text on several hosts at once. */
export async function on(lab: Lab, hosts: readonly ('main' | 'web1' | 'web2' | 'cache1')[], text: string): Promise<void> {
  await Promise.all(hosts.map((host) => lab.hosts[host].must(text)));
}

export const MOODLE_HOSTS = ['main', 'web1', 'web2'] as const;

/** Replaces a part of the answers that must be there. */
export function put(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, () => by);
  if (changed === text) throw new Error(`the answers have no ${what}`);
  return changed;
}

/** Puts a line into config.php before Moodle starts, and takes it out again. */
export function configLine(hosts: readonly ('main' | 'web1' | 'web2')[], line: string) {
  const keep = 'cp -a /var/www/moodle/config.php /root/config.php.kept';
  const add = `printf '%s\\n' ${quote(line)} > /root/config.line && sed -i '/require_once.*setup.php/{e cat /root/config.line\n}' /var/www/moodle/config.php && rm /root/config.line`;
  return {
    trouble: (lab: Lab) => on(lab, hosts, `${keep} && ${add} && grep -qF -- ${quote(line)} /var/www/moodle/config.php`),
    undo: (lab: Lab) => on(lab, hosts, 'cp -a /root/config.php.kept /var/www/moodle/config.php && rm /root/config.php.kept'),
  };
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
