/** Jobs that a run left on its nodes: packages are installed apart from the wizard, and continue when it is killed. */

import { join } from 'node:path';
import { activeNodes } from '../../core/cluster.js';
import { shellArgv } from '../../exec/shell.js';
import { readPackageFile } from '../../local/package-files.js';
import { RECORD_ROOT } from '../../records/paths.js';
import type { Session } from '../session/session.js';

/** Folder of the jobs on every node. */
export const JOBS = `${RECORD_ROOT}/jobs`;
/** As long as apt may wait for another apt, and then work. */
const WAIT_SECONDS = 600;

/** Waits for them: in the middle of one a node is not what it will be, its PHP may even stand still. What takes longer is seen by the survey as it is. */
export async function waitForJobs(session: Session): Promise<void> {
  const script = readPackageFile(join(session.templatesDir, 'sh', 'wait-jobs.sh')).toString('utf8');
  const missing = new Set(session.missing.map((m) => m.node));
  const wait = async (node: string, seconds: number): Promise<string> => {
    const argv = shellArgv(script, 'wait-jobs', [JOBS, String(seconds)]);
    const { stdout } = await session.executor(node).run({ argv }, { as: 'root', timeoutMs: (seconds + 30) * 1000 });
    return stdout.trim();
  };
  await Promise.all(
    activeNodes(session.cluster)
      .filter(({ name }) => !missing.has(name))
      .map(async ({ name }) => {
        if ((await wait(name, 0)) === '') return;
        session.emit({
          type: 'notice',
          level: 'info',
          node: name,
          message: 'The interrupted run is still installing packages here: waiting for it.',
        });
        await wait(name, WAIT_SECONDS);
      }),
  );
}
