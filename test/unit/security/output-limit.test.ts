/** Output without end: the command is stopped with a named error, and this machine's memory stays bounded. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ByteStore } from '../../../src/exec/byte-store.js';
import { FrameReader, frame } from '../../../src/exec/frame.js';
import { LONGEST_LINE, MOST_LINES, NOISE } from '../../../src/exec/limits.js';
import { LineSplitter } from '../../../src/exec/line-splitter.js';

const ROOT = join(import.meta.dirname, '../../..');
const isRoot = process.getuid?.() === 0;

interface Report {
  readonly code: string;
  readonly message: string;
  readonly nodes: readonly string[];
  readonly exitCode: number;
  readonly peak: number;
  readonly rss: number;
  readonly longest: number;
}

async function flood(what: string, megabytes = 600): Promise<Report> {
  const child = join(import.meta.dirname, 'flood-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', child, what, String(megabytes)], { cwd: ROOT, timeout: 55_000 });
  return JSON.parse(stdout) as Report;
}

describe('a command that prints without end', () => {
  it.runIf(isRoot).each(['stdout', 'stderr', 'line', 'lines'])('600 MB on this machine: %s', async (what) => {
    const report = await flood(what);
    expect(report).toMatchObject({ code: 'output-limit', nodes: ['here'], exitCode: 3 });
    expect(report.message).toContain('here printed more than 32 MiB');
    expect(report.message).toContain(`flood-${what}`);
    expect(report.longest).toBeLessThanOrEqual(LONGEST_LINE);
    expect(report.peak).toBeLessThan(300);
  });

  it.each([
    ['noise', 600],
    ['crumbs', 8],
  ])('before the mark: %s', async (what, megabytes) => {
    const report = await flood(what, megabytes);
    expect(report).toMatchObject({ code: 'output-limit', nodes: ['here'] });
    expect(report.message).toContain('before the command started');
    expect(report.peak).toBeLessThan(300);
  });
});

const framed = frame(['true'], { stdin: false, shared: false }, 'mark', 'mark');

describe('the frame reader', () => {
  it('is full when more comes than it may keep, and frees what it kept', () => {
    const reader = new FrameReader(framed, { maxBytes: 10 });
    reader.push(Buffer.from('mark:begin:1\n0123456789'));
    expect(reader.full).toBeNull();
    expect(reader.text()).toBe('0123456789');
    reader.push(Buffer.from('x'));
    expect(reader.full).toBe('output');
    expect(reader.text()).toBe('');
    reader.push(Buffer.from('mark:end:0\n'));
    expect(reader.code).toBeNull();
  });

  it('keeps the end of what comes before the mark', () => {
    const reader = new FrameReader(framed);
    for (let i = 0; i < 100; i += 1) reader.push(Buffer.from(`${'n'.repeat(10_000)}${i}\n`));
    reader.push(Buffer.from('mark:begin:7\n'));
    expect(reader.pid).toBe(7);
    expect(reader.noise()).toHaveLength(4000);
    expect(reader.noise().endsWith('99\n')).toBe(true);
    const endless = new FrameReader(framed);
    for (let sent = 0; sent <= NOISE.most; sent += 65_536) endless.push(Buffer.alloc(65_536, 'n'));
    expect(endless.full).toBe('noise');
  });

  it('takes marks with anything but a number behind them for text', () => {
    const reader = new FrameReader(framed);
    reader.push(Buffer.from('mark:begin:x\nmark:begin:99999999999\nmark:begin:5\nmark:end:\nmark:end:1e3\nmark:end:-1\nmark:end:0\n'));
    expect([reader.pid, reader.code, reader.state]).toEqual([5, 0, 'after']);
    expect(reader.text()).toBe('mark:end:\nmark:end:1e3\nmark:end:-1\n');
    const waiting = new FrameReader(framed, { maxBytes: 1000 });
    waiting.push(Buffer.from('mark:begin:5\nmark:end:'));
    waiting.push(Buffer.alloc(2000, '1'));
    expect(waiting.full).toBe('output');
  });
});

describe('kept bytes and lines', () => {
  it('grow to their limit and no further', () => {
    const store = new ByteStore(100_000);
    expect(store.add(Buffer.alloc(99_999, 'a'))).toBe(true);
    expect(store.add(Buffer.from('bc'))).toBe(false);
    expect(store.add(Buffer.from('b'))).toBe(true);
    expect(store.text().endsWith('ab')).toBe(true);
    expect(store.length).toBe(100_000);
  });

  it('cut a line that has no end and continue behind it', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let i = 0; i < 10; i += 1) splitter.push(Buffer.alloc(LONGEST_LINE, 'x'));
    splitter.push(Buffer.from('y\nnext\n\nlast'));
    splitter.end();
    expect(lines.map((l) => l.length)).toEqual([LONGEST_LINE, 4, 0, 4]);
  });

  it('report a bounded number of lines', () => {
    let lines = 0;
    const splitter = new LineSplitter(() => (lines += 1));
    for (let i = 0; i < 20; i += 1) splitter.push(Buffer.alloc(10_000, '\n'));
    splitter.end();
    expect(lines).toBe(MOST_LINES);
  });
});
