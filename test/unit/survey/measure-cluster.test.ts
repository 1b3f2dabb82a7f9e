/** Measuring the whole cluster: what each node is asked for, and what comes of answers that fail. */

import { describe, expect, it } from 'vitest';
import type { PageTarget } from '../../../src/core/trial.js';
import type { Executor } from '../../../src/exec/executor.js';
import { type MeasuredNode, measureCluster } from '../../../src/survey/measure/cluster.js';
import { clusterNode, MOODLE } from './world.js';

const TARGET: PageTarget = {
  node: 'web1',
  through: 'node',
  address: '10.0.0.21',
  port: 8080,
  tls: false,
  name: 'moodle.example.org',
  host: 'web1',
  forwardedProto: 'https',
  paths: ['/login/index.php', '/'],
};

describe('measuring a cluster', () => {
  it('asks pages of web servers only, as the trial asks them, and tells why there is no time', async () => {
    const asked: Record<string, unknown> = {};
    const node = (name: string, page: PageTarget | null): MeasuredNode => ({
      node: clusterNode(name, ['web']),
      moodle: MOODLE,
      runtime: null,
      page,
      host: {
        kitDir: '/kit',
        phpBinary: 'php',
        webUser: 'www-data',
        executor: {
          node: clusterNode(name, ['web']),
          run: async (cmd) => {
            const request = JSON.parse(String(cmd.stdin));
            if (request.op === 'page') asked[name] = request.target;
            const data =
              request.op === 'page' ? { page: null, why: '/login/index.php answers 303' } : request.op === 'shared' ? { refused: 'no', heard: [] } : [];
            return { code: 0, stdout: `${request.marker}${JSON.stringify({ ok: true, data })}${request.marker}`, stderr: '', ms: 1 };
          },
        } as Executor,
      },
    });
    const measured = await measureCluster({
      nodes: [node('main', null), node('web1', TARGET)],
      services: [],
      use: async () => {
        throw new Error('no');
      },
      emit: () => {},
      now: () => new Date(0),
      of: { main: 'x', web1: 'y' },
    });
    expect(asked).toEqual({ web1: TARGET });
    expect(measured.nodes['main']?.errors.filter((e) => e.startsWith('pages'))).toEqual([]);
    expect(measured.nodes['web1']?.errors).toEqual(['pages: /login/index.php answers 303']);
  });
});
