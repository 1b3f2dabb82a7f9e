/** The wizard on a machine that is not the main server. */

import type { Lab } from '../../lab/index.js';
import type { WizardRun } from '../support.js';

/** Brings program, Node and the administrator's key from main to cache1. */
export async function moveIn(lab: Lab): Promise<void> {
  const files = ['dist', 'templates', 'package.json'].map((path) => `opt/moodle-cluster-wizard/${path}`);
  const list = ['usr/local/bin/node', 'usr/local/bin/moodle-cluster-wizard', 'root/.ssh/id_ed25519', 'root/.ssh/known_hosts', ...files].join('\n');
  await lab.hosts.main.must('cd / && tar -c -T - | ssh deploy@cache1 sudo tar -x -C /', { stdin: list });
}

/** Runs the wizard as root of cache1, where no terminal is. */
export async function wizardElsewhere(lab: Lab, args: readonly string[]): Promise<WizardRun> {
  const result = await lab.hosts.cache1.exec(['moodle-cluster-wizard', ...args, '--json'], {
    env: { SUDO_PASSWORD: lab.deploypwPassword().trim() },
    timeoutMs: 300_000,
  });
  let json: Record<string, any> = {};
  try {
    json = JSON.parse(result.stdout) as Record<string, any>;
  } catch {
    // Told by the test that looks at it.
  }
  return { ...result, json };
}
