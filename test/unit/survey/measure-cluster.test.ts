/** Measuring the whole cluster: what each node is asked for, and what comes of answers that fail. */

import { describe, expect, it } from 'vitest';
import type { PageTarget } from '../../../src/core/trial.js';
import type { Executor } from '../../../src/exec/executor.js';
import { type MeasuredNode, measureCluster, measureServicesAgain } from '../../../src/survey/measure/cluster.js';
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

/** A node whose probes answer as told, by their name. */
function measuredNode(name: string, page: PageTarget | null, answer: (request: any) => unknown): MeasuredNode {
  return {
    node: clusterNode(name, ['web']),
    moodle: MOODLE,
    runtime: null,
    page,
    host: {
      toolkitDir: '/kit',
      phpBinary: 'php',
      webUser: 'www-data',
      executor: {
        node: clusterNode(name, ['web']),
        run: async (cmd) => {
          const request = JSON.parse(String(cmd.stdin));
          return { code: 0, stdout: `${request.marker}${JSON.stringify({ ok: true, data: answer(request) })}${request.marker}`, stderr: '', ms: 1 };
        },
      } as Executor,
    },
  };
}

describe('measuring a cluster', () => {
  it('asks pages of web servers only, as the trial asks them, and tells why there is no time', async () => {
    const asked: Record<string, unknown> = {};
    const node = (name: string, page: PageTarget | null) =>
      measuredNode(name, page, (request) => {
        if (request.op === 'page') asked[name] = request.target;
        return request.op === 'page' ? { page: null, why: '/login/index.php answers 303' } : request.op === 'shared' ? { refused: 'no', heard: [] } : [];
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

  it('tells what of the services could not be measured again, instead of what it told before', async () => {
    const notices: string[] = [];
    const before = { places: [], services: [], errors: ['cache services: old', 'disks: none'] };
    const measured = await measureServicesAgain(
      {
        nodes: [
          measuredNode('main', null, () => {
            throw new Error('the link is slow');
          }),
        ],
        services: [{ service: 'r', plugin: 'redis', host: '10.0.0.9', port: 6379 }],
        use: async () => {
          throw new Error('no');
        },
        emit: (event) => event.type === 'notice' && notices.push(event.message),
        now: () => new Date(0),
        of: { main: 'x' },
      },
      { version: 1, at: '', of: { main: 'x' }, nodes: { main: { node: 'main', ...before } }, shared: null, use: null, memcached: [] },
    );
    expect(measured.nodes['main']?.errors).toEqual(['disks: none', expect.stringMatching(/^cache services: .*the link is slow/)]);
    expect(notices).toEqual([expect.stringMatching(/^Not measured: cache services: .*the link is slow/)]);
  });
});
