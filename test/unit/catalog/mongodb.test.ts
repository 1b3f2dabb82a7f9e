/** What Moodle's MongoDB store cannot live with is refused before it is written. */

import { describe, expect, it } from 'vitest';
import { differences, toConfiguration } from '../../../src/caches/plugins/configuration.js';

const service = { endpoint: { host: 'db1', port: 27017 } };
const made = (branch: string, settings: Record<string, boolean>) => toConfiguration({ plugin: 'mongodb', branch, service, settings });

describe('settings of the MongoDB store', () => {
  it.each([
    ['38', { extendedmode: true }, 'extendedmode must not be on'],
    ['34', { extendedmode: true }, 'extendedmode must not be on'],
    ['38', { usesafe: false }, 'usesafe must not be off'],
    ['41', { usesafe: false }, 'usesafe must not be off'],
  ])('on branch %s %j is refused', (branch, settings, told) => {
    expect(made(branch, settings).problems.join(' ')).toContain(told);
  });

  it('where they work they are taken', () => {
    expect(made('38', { extendedmode: false, usesafe: true }).problems).toEqual([]);
    expect(made('34', { usesafe: false }).problems).toEqual([]);
  });

  it('writes wait for their confirmation, said or not, so neither is a difference', () => {
    expect(made('38', {}).configuration).toMatchObject({ usesafe: true, extendedmode: false });
    const there = { server: 'mongodb://db1:27017', database: 'mcache', extendedmode: false };
    expect(differences('mongodb', there, made('38', { usesafe: true }), {})).toEqual([]);
  });
});
