/** The layers of the program: no circle of rooms, and the rooms in which nothing is decided know nothing above them. */

import { describe, expect, it } from 'vitest';
import { arrows, circles, layers } from '../../rooms.js';

const all = arrows(process.cwd());
const needs = (room: string) => all.filter(({ from }) => from === room).map(({ to }) => to);

describe('the rooms', () => {
  it('are in no circle', () => {
    expect(circles(all).map(({ from, to, files }) => `${from} -> ${to}: ${files.join(', ')}`)).toEqual([]);
    expect(layers(all).flat().length).toBe(new Set(all.flatMap(({ from, to }) => [from, to])).size);
  });

  it('stand on core, which knows only itself', () => {
    expect(layers(all)[0]).toContain('src/core');
    expect(needs('src/core')).toEqual([]);
  });

  it('are found to be in a circle when they are', () => {
    const bent = [...all, { from: 'src/core', to: 'src/engine', files: ['x.ts'] }];
    expect(circles(bent).length).toBeGreaterThan(0);
  });

  it.each(['src/engine', 'src/survey', 'src/records', 'src/moodle', 'src/intake', 'src/exec', 'src/advice', 'src/caches/services', 'src/caches/muc'])(
    'of %s know no step, no front end and no command line',
    (room) => expect(needs(room).filter((to) => ['steps', 'src/ui', 'src/app', 'src'].includes(to))).toEqual([]),
  );
});
