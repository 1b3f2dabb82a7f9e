/** A cache configuration that Moodle cannot use is replaced by a good one, on real hosts: whatever is wrong with it, killed half-way, and from nothing. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { allSee, changeEvent, changeRight, MUC, meanwhile, NODES, prepare, RECORD, runAtEvent, seenRights } from './safety-lab.js';
import { dailyRelease, labFor, mucConfig, mucState, pageStatus, told, wizard } from './support.js';

const ANSWERS = ['--answers', '/root/answers.yaml'] as const;
const DEFAULTS = ['default_application', 'default_session', 'default_request'];

/** Makes the file bad: a PHP program on the text in $t. */
const BAD: readonly { readonly name: string; readonly php: string; readonly words: RegExp }[] = [
  { name: 'empty', php: "$t = '';", words: /it is empty/ },
  { name: 'truncated', php: '$t = substr($t, 0, (int) (strlen($t) / 2));', words: /not PHP that can be run/ },
  { name: 'not PHP', php: '$t = str_replace("array (", "array (((", $t);', words: /not PHP that can be run/ },
  { name: 'not an array', php: '$t = "<?php defined(\'MOODLE_INTERNAL\') || die();\\n \\$configuration = 5;";', words: /not set \$configuration to an array/ },
  {
    name: 'without stores',
    php: "$t = \"<?php \\$configuration = array('siteidentifier' => 'x', 'stores' => array(), 'modemappings' => array(), 'definitions' => array(), 'definitionmappings' => array(), 'locks' => array());\";",
    words: /lists no cache stores/,
  },
  { name: 'something that ends PHP', php: '$t = "<?php exit(3);";', words: /PHP ends when it is read/ },
];

/** Moodle sorts its mappings by their `sort` whenever it reads them (config.php of cache/classes); which of two definitions comes first means nothing. */
const inAnyOrder = (config: any) => ({ ...config, definitionmappings: config.definitionmappings.map((m: unknown) => JSON.stringify(m)).sort() });

describe.each([...new Set(['stand-in', dailyRelease()])])('repair on Moodle %s', (release) => {
  let lab: Lab;
  let good: string;

  const run = (...args: readonly string[]) => wizard(lab, args);
  const spoil = (php: string) =>
    lab.hosts.main.must(['runuser', '-u', 'www-data', '--', 'php', '-r', `$t = file_get_contents('${MUC}'); ${php} file_put_contents('${MUC}', $t);`]);
  const storeNames = async () => Object.keys((await mucConfig(lab)).stores);
  const text = () => lab.hosts.main.must(`cat ${MUC}`);
  const pagesAnswer = async () => {
    for (const node of NODES) expect(await pageStatus(lab, node), `page of ${node}`).toBe('200');
  };

  beforeAll(async () => {
    lab = await labFor({ release, name: 'repair' });
    await prepare(lab);
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('has nothing to do on a site that is well', async () => {
    const result = await run('repair', '--yes', ...ANSWERS);
    expect(result.code, told(result)).toBe(0);
    expect(result.json['outcome']).toBe('unchanged');
  });

  it("without anything on record: says so, and makes Moodle's own default when asked to", async () => {
    await spoil("$t = '';");
    const none = await run('repair', '--yes', ...ANSWERS);
    expect(none.code, told(none)).toBe(7);
    expect(none.json['error'].remedies.join(' ')).toContain('repair --default --yes');
    expect(await text()).toBe('');
    const result = await run('repair', '--default', '--yes', ...ANSWERS);
    expect(result.code, told(result)).toBe(0);
    expect(await storeNames()).toEqual(DEFAULTS);
    await pagesAnswer();
  });

  it('makes the cluster as the answers say after that', async () => {
    const applied = await run('apply', '--yes', ...ANSWERS);
    expect(applied.code, told(applied)).toBe(0);
    good = await mucState(lab);
  });

  describe.each(BAD)('a file that is $name', ({ php, words }) => {
    it('is refused with the remedy, replaced byte for byte only with a yes, and kept', async () => {
      await spoil(php);
      const bad = await text();
      const refused = await run('plan');
      expect(refused.code, told(refused)).toBe(7);
      expect(refused.json['error']).toMatchObject({ code: 'muc-corrupt' });
      expect(refused.json['error'].message).toMatch(words);
      expect(refused.json['error'].remedies.join(' ')).toContain('repair --yes');
      const asked = await run('repair');
      expect(asked.code, told(asked)).toBe(130);
      expect(await text()).toBe(bad);
      const result = await run('repair', '--yes');
      expect(result.code, told(result)).toBe(0);
      expect(await mucState(lab)).toBe(good);
      expect(await lab.hosts.main.must(`cat ${RECORD}/sites/*/restore-points/${result.json['restorePoint']}/muc-config.php`)).toBe(bad);
      await pagesAnswer();
    });
  });

  it('is proven by verify after all that', async () => {
    const verified = await run('verify');
    expect(verified.code, told(verified)).toBe(0);
  });

  it('a file that is not there is put in place again', async () => {
    await lab.hosts.main.must(`rm ${MUC}`);
    const result = await run('repair', '--yes');
    expect(result.code, told(result)).toBe(0);
    expect(await mucState(lab)).toBe(good);
  });

  it('a file that lacks only its site identifier keeps all else', async () => {
    const before = await mucConfig(lab);
    await spoil("$t = preg_replace(\"/'siteidentifier' => '[0-9a-f]+',/\", '', $t);");
    expect(await mucConfig(lab)).not.toHaveProperty('siteidentifier');
    const refused = await run('plan');
    expect(refused.json['error'], told(refused)).toMatchObject({ code: 'muc-corrupt' });
    const result = await run('repair', '--yes');
    expect(result.code, told(result)).toBe(0);
    expect(inAnyOrder(await mucConfig(lab))).toEqual(inAnyOrder(before));
    expect((await run('verify')).code).toBe(0);
  });

  it('a restore point can be named; one that is not there, and one that is bad itself, are refused', async () => {
    const { restorePoints } = (await run('backups')).json['result'] as { restorePoints: { id: string; kind: string }[] };
    const apply = restorePoints.find((p) => p.kind === 'apply')?.id ?? '';
    const repair = restorePoints.find((p) => p.kind === 'repair')?.id ?? '';
    await spoil("$t = '';");
    for (const id of ['none-such', repair]) {
      const refused = await run('repair', '--to', id, '--yes');
      expect(refused.code, told(refused)).toBe(2);
    }
    expect(await text()).toBe('');
    const named = await run('repair', '--to', apply, '--yes');
    expect(named.code, told(named)).toBe(0);
    expect(await storeNames()).toEqual(DEFAULTS);
    const again = await run('apply', '--yes');
    expect(again.code, told(again)).toBe(0);
    good = await mucState(lab);
  });

  it('killed right after the file is in place: told by status, and seen to its end by the next repair', async () => {
    await spoil("$t = '';");
    const killed = await runAtEvent(lab, changeEvent('muc-repair:main:file', 'done'), 'kill -9 $WIZARD', ['repair', '--yes']);
    expect(killed.code, told(killed)).toBe(137);
    expect(await mucState(lab)).toBe(good);
    const status = await run('status');
    expect(status.code, told(status)).toBe(10);
    expect(status.json['message']).toContain('repair --yes');
    const finished = await run('repair', '--yes');
    expect(finished.code, told(finished)).toBe(0);
    expect((await run('status')).code).toBe(0);
    expect((await run('repair', '--yes')).json['outcome']).toBe('unchanged');
  });

  it('another file that comes meanwhile is left alone', async () => {
    await spoil("$t = '';");
    const other = `runuser -u www-data -- sh -c 'echo "<?php // mine" > ${MUC}'`;
    const result = await runAtEvent(lab, '"type":"plan"', meanwhile(other), ['repair', '--yes']);
    expect(result.code, told(result)).toBe(6);
    expect((await text()).trim()).toBe('<?php // mine');
    expect((await run('repair', '--yes')).code).toBe(0);
  });

  it('brings no right back that was taken away while another file was live', async () => {
    await changeRight(lab, release, 'one', 'allow');
    expect(await seenRights(lab, release)).toEqual(allSee(release, 'one', 'allowed'));
    // The file is lost, Moodle makes a default one and runs on it; then that one breaks too.
    await lab.hosts.main.must(`rm ${MUC}`);
    for (const node of NODES) await pageStatus(lab, node);
    await lab.hosts.main.must('sleep 3');
    await changeRight(lab, release, 'two', 'prevent');
    await seenRights(lab, release);
    await spoil("$t = '';");
    const result = await run('repair', '--yes');
    expect(result.code, told(result)).toBe(0);
    expect(await mucState(lab)).toBe(good);
    expect(await seenRights(lab, release)).toEqual(allSee(release, 'two', 'denied'));
  });
});
