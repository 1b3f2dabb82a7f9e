import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildContext, fingerprint, hostLayers, type Suite } from './images.js';
import { cacheDir, moodleTrees, projectRoot } from './paths.js';
import { builtOnce, labFile, runSandboxed } from './sandbox.js';

/** A Moodle release, or the small site that stands in for one where there is none. */
export interface Release {
  readonly name: string;
  readonly suite: Suite;
  /** The folder with its code. */
  readonly code: string;
  /** Plugins laid over it, by component. */
  readonly plugins: readonly string[];
}

/** An installed site, ready to be laid under a lab. */
export interface Site {
  readonly release: Release;
  /** Layers of Moodle's code, uppermost first. */
  readonly code: readonly string[];
  /** A layer with the database server's files. */
  readonly databaseLayer: string;
  readonly dataroot: string;
  readonly config: string;
  readonly adminPassword: string;
}

/** Whether a release is the project's own site in the place of a Moodle: `stand-in` on Debian 12, `stand-in-11` on Debian 11. */
export function isStandIn(name: string): boolean {
  return name === 'stand-in' || name === 'stand-in-11';
}

/** Finds a release's code; the stand-ins are part of the project, all others are folders under MOODLE_TREES. */
export function findRelease(name: string, plugins: readonly string[] = []): Release {
  const standIn = isStandIn(name);
  const code = standIn ? join(projectRoot(), 'test', 'stand-in', 'site') : join(moodleTrees(), name);
  if (!existsSync(code)) throw new Error(`no Moodle code at ${code}${standIn ? '' : ': set MOODLE_TREES or unpack it there'}`);
  // Moodle 4.2 asks for PHP 8.0; what is older runs on the PHP of the Debian release before.
  const [major = 9, minor = 0] = name.split('.').map(Number);
  const old = standIn ? name === 'stand-in-11' : major < 4 || (major === 4 && minor < 2);
  return { name, suite: old ? 'bullseye' : 'bookworm', code, plugins };
}

/** Where Moodle looks for plugins of a kind. */
const pluginFolders: Readonly<Record<string, string>> = { cachestore: 'cache/stores', cachelock: 'cache/locks', local: 'local' };

async function versionFile(dir: string): Promise<string> {
  const file = join(dir, 'version.php');
  return existsSync(file) ? readFile(file, 'utf8') : dir;
}

/** A layer that holds a plugin where Moodle expects it. */
async function pluginLayer(component: string, context: BuildContext): Promise<string> {
  const [kind = '', name = ''] = component.split('_');
  const [source, folder] = [join(moodleTrees(), 'plugins', component), pluginFolders[kind]];
  if (folder === undefined || name === '') throw new Error(`not a plugin that the lab can place: ${component}`);
  if (!existsSync(source)) throw new Error(`no plugin at ${source}`);
  const path = join(cacheDir(), 'plugins', `${component}-${fingerprint(await versionFile(source))}`);
  const place = (dir: string) => cp(source, join(dir, 'layer', folder, name), { recursive: true });
  await builtOnce(path, place, context.log);
  return join(path, 'layer');
}

/** Gives an installed site of a release; installs it the first time. */
export async function installedSite(release: Release, context: BuildContext): Promise<Site> {
  const [nodeLowers, dbLowers] = await Promise.all([hostLayers(release.suite, 'node', context), hostLayers(release.suite, 'db', context)]);
  const files = [await labFile('site-install.sh'), await labFile('config.php')];
  const plugins = await Promise.all(release.plugins.map((component) => pluginLayer(component, context)));
  const code = [...plugins, release.code];
  const key = fingerprint(await versionFile(release.code), ...plugins, ...files, ...nodeLowers, ...dbLowers);
  const path = join(cacheDir(), 'sites', `${release.name}-${key}`);
  await builtOnce(
    path,
    async (dir, group) => {
      const [databasePassword, adminPassword] = [randomBytes(9).toString('hex'), `Lab-${randomBytes(9).toString('hex')}`];
      const config = (await labFile('config.php')).replace('@DBPASS@', databasePassword);
      const scratch = join(dir, 'scratch');
      await mkdir(scratch);
      await writeFile(join(dir, 'config.php'), config, { mode: 0o600 });
      await writeFile(join(dir, 'admin-password'), adminPassword, { mode: 0o600 });
      const env = { DB_PASS: databasePassword, ADMIN_PASS: adminPassword, CODE: code.join(':'), SCRATCH: scratch, OUT: dir };
      const lowers = { NODE_LOWERS: nodeLowers.join(':'), DB_LOWERS: dbLowers.join(':') };
      await runSandboxed(group, 'site-install.sh', { ...env, ...lowers, CONFIG: join(dir, 'config.php') }, { net: true });
    },
    context.log,
  );
  return {
    release,
    code,
    databaseLayer: join(path, 'pgdata'),
    dataroot: join(path, 'dataroot'),
    config: await readFile(join(path, 'config.php'), 'utf8'),
    adminPassword: await readFile(join(path, 'admin-password'), 'utf8'),
  };
}
