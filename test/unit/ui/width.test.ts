/** Widths by the short way are those by the long way: what is called simple is one column, alone and beside anything simple. */

import { describe, expect, it } from 'vitest';
import { displayWidth, graphemes } from '../../../src/ui/text/width.js';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

describe('characters that are called simple', () => {
  it('are one column each, never emoji, and join with nothing', () => {
    const ranges = [
      [0x20, 0x7e],
      [0xa0, 0xac],
      [0xae, 0x2ff],
      [0x2010, 0x2027],
      [0x2190, 0x21ff],
      [0x2500, 0x25fc],
      [0x2713, 0x2718],
    ] as const;
    for (const [from, to] of ranges) {
      const all = Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));
      for (const char of all) {
        expect(char, char).not.toMatch(/[\p{Emoji_Presentation}\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u);
        expect(displayWidth(char), char).toBe(1);
      }
      const text = all.join('');
      expect(graphemes(text)).toEqual([...segmenter.segment(text)].map((s) => s.segment));
      expect(displayWidth(`\u001b[31m${text}\u001b[39m`)).toBe(all.length);
    }
  });

  it('leave the others to the long way', () => {
    expect(displayWidth('a\u00adb')).toBe(2);
    expect(displayWidth('✔\ufe0f')).toBe(2);
    expect(displayWidth('→日')).toBe(3);
    expect(displayWidth('👩‍🔧 at work')).toBe(10);
    expect(graphemes('e\u0301─')).toEqual(['e\u0301', '─']);
  });
});
