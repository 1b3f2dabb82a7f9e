import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frame } from '../../../src/exec/frame.js';

const framed = frame(['true'], { stdin: false, shared: false }, 'mark', 'mark');
const read = (text: string | Buffer, sizes: readonly number[] = []): FrameReader => {
  const reader = new FrameReader(framed);
  let rest = Buffer.from(text);
  for (const size of sizes) {
    reader.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  reader.push(rest);
  return reader;
};

describe('frame', () => {
  it('takes the output out of noise, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), fc.nat(255), fc.array(fc.integer({ min: 1, max: 9 })), (noise, output, code, sizes) => {
        const bytes = Buffer.concat([Buffer.from(`${noise}mark:begin:42\n`), output, Buffer.from(`mark:end:${code}\nbye`)]);
        const reader = read(bytes, sizes);
        expect(reader.state).toBe('after');
        expect(reader.code).toBe(code);
        expect(reader.pid).toBe(42);
        expect(reader.text()).toBe(Buffer.from(output).toString('utf8'));
      }),
    );
  });

  it('is not over before its end mark', () => {
    const reader = read('mark:begin:1\nhalf mark:en');
    expect(reader.state).toBe('inside');
    expect(reader.code).toBeNull();
    expect(reader.text()).toBe('half ');
  });

  it('keeps what was said before the command', () => {
    expect(read('Welcome!\nThis account is currently not available.\n').noise()).toContain('not available');
    expect(read('Welcome!\nmark:begin:1\nx').noise()).toBe('Welcome!\n');
  });

  it('gives whole lines, also across characters cut in two, and the last one without its newline', () => {
    const lines: string[] = [];
    const reader = new FrameReader(framed, { onLine: (line) => lines.push(line) });
    for (const byte of Buffer.from('mark:begin:1\nüñ\nzwei\n\nlast ümark:end:0\n')) reader.push(Buffer.from([byte]));
    expect(lines).toEqual(['üñ', 'zwei', '', 'last ü']);
  });

  it('gives a line as soon as it is complete', () => {
    const lines: string[] = [];
    new FrameReader(framed, { onLine: (line) => lines.push(line) }).push(Buffer.from('mark:begin:1\none\ntw'));
    expect(lines).toEqual(['one']);
  });

  it('lets the command read only what follows the sync line when a password came before', () => {
    expect(frame(['cat'], { stdin: true, shared: true }, 'm').sync).toBe('m:input');
    expect(frame(['cat'], { stdin: false, shared: true }, 'm').sync).toBe('m:input');
    expect(frame(['cat'], { stdin: true, shared: false }, 'm').sync).toBeNull();
    expect(frame(['cat'], { stdin: false, shared: false }, 'm').script).toContain('</dev/null');
  });
});
