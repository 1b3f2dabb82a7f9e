/** Advice with generated hostile values, pasted into shells by the thousand. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, asRemedy, joined, listed, part, piece, recipe, remedy, sh } from '../../../src/core/remedy.js';
import { dangerIn, hostileText, pasted } from './hostile.js';

describe('advice', () => {
  it('has values that are one harmless word wherever they are pasted', () => {
    const texts: string[] = [];
    fc.assert(
      fc.property(hostileText, (bad) => {
        const all: readonly string[] = [
          remedy`Look at it on ${bad}: ${sh`ls -ld ${bad}; df ${bad}`}`,
          remedy`Look at Moodle's log on ${bad}, then "say ${bad}": ${sh`rm ${bad}`}`,
          remedy`It's there, on ${[bad, 'web1', bad]}: ${sh`apt-get install ${[bad, bad]}`}`,
          remedy`Run ${allOf([sh`phpenmod -v ${bad}`, sh`echo '${bad} ALL' | tee x`])}. ${part(asRemedy(bad))} and ${listed([bad], ' and ')}`,
          joined([remedy`Moodle's`, remedy`on ${bad}${piece`, with ${bad}`}`, asRemedy(`it's ${bad}`)]),
          recipe(({ value }) => `# It's ${value}\nname: [${value}]\n`, { value: bad }),
        ];
        for (const text of all) expect(dangerIn(text)).toBeNull();
        // Several at once, and the end of each without its beginning.
        texts.push(...all, all.join('\n'), ...all.map((text) => text.slice(text.indexOf(': ') + 2)), ...all.map((t) => t.slice(t.indexOf("'") + 1)));
      }),
      { numRuns: 60 },
    );
    expect(pasted(texts)).toEqual([]);
  });
});
