/** What the parts of the bridge's contract share: a lab with one site, its MUC file as it was before every test, and edits made and published. */

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { WizardError } from '../../../src/core/errors.js';
import type { StagedMuc } from '../../../src/core/moodle-answers.js';
import type { MucEdit } from '../../../src/core/muc-edit.js';
import { type Lab, startLab } from '../../lab/index.js';
import { MUC, openSite, type Site } from '../bridge-lab.js';

/** Of the Redis on cache1. */
export const REDIS_PASSWORD = 'geheim1234';
export const WHY = { why: 'test' };
export const ADD_LOCAL: MucEdit = {
  edit: 'store',
  action: 'add',
  name: 'local',
  plugin: 'file',
  configuration: { path: '/var/tmp/mdl-local', autocreate: 1 },
  ...WHY,
};
export const MAP_STRING: MucEdit = { edit: 'definition', definition: 'core/string', stores: ['local', 'default_application'], ...WHY };

/** The trouble that this work ends in; any other end is thrown. */
export async function troubleOf(work: Promise<unknown>): Promise<WizardError> {
  const thrown = await work.then(
    (value) => new Error(`no trouble, but ${JSON.stringify(value)?.slice(0, 300)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof WizardError)) throw thrown;
  return thrown;
}

export interface BridgeSuite {
  /** There once the tests run; so are the two below. */
  readonly lab: Lab;
  readonly site: Site;
  /** The MUC file of the site as just installed, which every test begins with. */
  readonly original: Buffer;
  /** Writes the MUC file as it stands here, without the bridge. */
  putMuc(content: Buffer | string): Promise<string>;
  stage(edits: readonly MucEdit[], secrets?: Readonly<Record<string, string>>): Promise<StagedMuc>;
  /** Publishes over the file that the edits were staged on. */
  publish(staged: StagedMuc): Promise<{ readonly sha256: string }>;
}

/** Call it within `describe`. */
export function bridgeSuite(release: string, old: boolean): BridgeSuite {
  let lab: Lab;
  let site: Site;
  let original: Buffer;

  const putMuc = (content: Buffer | string): Promise<string> => lab.hosts.main.must(`cat > ${MUC}`, { stdin: content, user: 'www-data' });

  beforeAll(async () => {
    lab = await startLab({ name: 'contract', release, webs: 1 });
    if (!lab.fresh) await lab.restore();
    site = await openSite(lab, old);
    await lab.hosts.cache1.must(
      `apt-get install -y -q redis-server >/dev/null; sed -i 's/^bind .*/bind 0.0.0.0/; s/^protected-mode.*/protected-mode no/' /etc/redis/redis.conf; echo 'requirepass ${REDIS_PASSWORD}' >> /etc/redis/redis.conf; systemctl restart redis-server`,
    );
    for (const host of [lab.hosts.main, lab.hosts.web1]) {
      await host.must(`v=$(ls /etc/php); apt-get install -y -q php$v-redis php$v-apcu >/dev/null; systemctl restart php$v-fpm`);
      await host.must('curl -sSf -o /dev/null -H "Host: moodle.lab" http://127.0.0.1/login/index.php');
    }
    const found = await (await site.bridge('main')).readMuc();
    if (!found) throw new Error('this site has no MUC file');
    original = found.content;
  });
  beforeEach(async () => {
    await lab.hosts.main.must(`rm -f ${MUC}`);
    await putMuc(original);
    for (const node of ['main', 'web1']) await (await site.bridge(node)).converge(site.pool);
  });
  afterAll(async () => {
    await lab?.down();
  });

  return {
    get lab() {
      return lab;
    },
    get site() {
      return site;
    },
    get original() {
      return original;
    },
    putMuc,
    stage: async (edits, secrets = {}) => (await site.bridge('main')).stage({ edits, secrets, base: null }),
    publish: async (staged) => (await site.bridge('main')).publish({ content: staged.content, expected: staged.baseSha256, mode: '660' }),
  };
}
