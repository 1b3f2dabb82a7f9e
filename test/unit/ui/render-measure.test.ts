import { describe, expect, it } from 'vitest';
import { barLength, renderMeasurements } from '../../../src/ui/text/render-measure.js';
import { PLAIN_STYLE } from '../../../src/ui/text/render-style.js';
import { displayWidth } from '../../../src/ui/text/width.js';
import { measurements } from '../advice/measured.js';

const SLOW = measurements({
  shared: 1.2,
  local: 0.03,
  page: 180,
  fsType: 'fuse.sshfs',
  lock: 'not-seen',
  services: { redis1: { ms: 0.06 }, m: { plugin: 'memcached', ms: 0.05, itemMax: 1_048_576 } },
});
const bar = (lines: readonly string[], label: string) => (lines.find((l) => l.includes(label))?.match(/█/g) ?? []).length;

describe('what was measured, as text', () => {
  it('draws every node on one scale, longer is slower, with the number and its unit', () => {
    const lines = renderMeasurements(SLOW, { ...PLAIN_STYLE, width: 100 });
    expect(bar(lines, 'shared disk')).toBeGreaterThan(bar(lines, 'redis1'));
    expect(bar(lines, 'redis1')).toBeGreaterThan(bar(lines, 'local disk'));
    const text = lines.join('\n');
    expect(text).toContain('1.2 ms');
    expect(text).toContain('fuse.sshfs');
    expect(text).toContain('refuses 1.1 MB');
    expect(text.replace(/\s+/g, ' ')).toContain('web1 sees writes of main immediately, first read 1.8 ms and does NOT see its locks');
    expect(text).toContain('page: 180 ms');
  });

  it('stays within any width, and without colour or block characters where they are not wanted', () => {
    for (const width of [40, 60, 80, 132])
      for (const line of renderMeasurements(SLOW, { width, colour: false, ascii: true })) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toContain('█');
      }
  });

  it('says why there is no bar, and nothing where nothing was measured', () => {
    const lines = renderMeasurements(measurements({ shared: 1, local: 0.1, refused: 'only 12 MB are free' }), { ...PLAIN_STYLE, width: 100 });
    expect(lines.join('\n')).toContain('only 12 MB are free');
    expect(renderMeasurements(undefined)).toEqual([]);
  });

  it('tells locks that cannot be taken at all', () => {
    const text = (locked: boolean, lock: 'failed' | 'not-seen') =>
      renderMeasurements(measurements({ shared: 1, local: 0.1, locked, lock }), { ...PLAIN_STYLE, width: 200 }).join('\n');
    expect(text(true, 'failed')).toContain('web1 sees writes of main immediately, first read 1.5 ms and CANNOT lock files there');
    expect(text(false, 'not-seen')).toContain('main CANNOT lock files there; web1 sees writes of main immediately, first read 1.5 ms.');
  });

  it('does not blame the share for a node that came too late to look', () => {
    const late = measurements({ shared: 1, local: 0.1, sees: false, lookError: 'it looked so late' });
    const text = renderMeasurements(late, { ...PLAIN_STYLE, width: 100 }).join('\n');
    expect(text).toContain('web1 was not tested: it looked so late');
    expect(text).not.toContain('does not see');
  });

  it('makes every tenfold as long as the one before', () => {
    expect(barLength(1, 0.01, 1, 20)).toBe(20);
    expect(barLength(0.1, 0.01, 1, 20)).toBe(10);
    expect(barLength(0.01, 0.01, 1, 20)).toBe(1);
  });
});
