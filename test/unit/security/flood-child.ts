/** A process of its own that runs one command whose output has no end, and reports how it ended and how much memory it took. */

import { deferred } from '../../../src/exec/deferred.js';
import { hostExecutor } from '../../../src/exec/host-executor.js';
import { OUTPUT } from '../../../src/exec/limits.js';
import { localTransport } from '../../../src/exec/local.js';
import type { Channel, Ended, Transport } from '../../../src/exec/transport.js';

const [what = '', megabytes = '600'] = process.argv.slice(2);
const node = { name: 'here', host: 'local', roles: ['main'], webPort: 80, state: 'in', ssh: { hostKeys: 'known_hosts', sudo: { kind: 'auto' } } } as const;

const FLOODS: Readonly<Record<string, string>> = {
  stdout: `head -c ${megabytes}M /dev/zero`,
  stderr: `head -c ${megabytes}M /dev/zero >&2`,
  line: `head -c ${megabytes}M /dev/zero | tr '\\0' x`,
  lines: `yes '' | head -c ${megabytes}M`,
};

/** A peer that prints `size` bytes at a time before any mark, whatever it is asked to do. */
function noisy(size: number): Transport {
  const start = async (): Promise<Channel> => {
    const chunk = Buffer.alloc(size, 'x');
    const ended = deferred<Ended>();
    let stopped = false;
    const send = (listener: (chunk: Buffer) => void, left: number): void => {
      for (let i = 0; i < 64 && left > 0; i += 1, left -= size) listener(chunk);
      if (left > 0 && !stopped) setImmediate(send, listener, left);
    };
    const stop = (): void => {
      stopped = true;
      ended.resolve({ code: 0, signal: null });
    };
    return {
      onStdout: (listener) => setImmediate(send, listener, Number(megabytes) * 1024 * 1024),
      onStderr: () => {},
      write: () => {},
      end: () => {},
      terminate: stop,
      destroy: stop,
      ended: ended.promise,
    };
  };
  return { start, close: async () => {} };
}

const before = process.memoryUsage().rss;
const began = performance.now();
const lines: number[] = [];
let report: Readonly<Record<string, unknown>> = { code: 'none' };
try {
  const transport = what === 'noise' ? noisy(65_536) : what === 'crumbs' ? noisy(16) : localTransport(process.env);
  const executor = await hostExecutor({ node, transport, sudoPassword: null, templatesDir: 'templates' });
  const result = await executor.run(
    { argv: ['sh', '-c', FLOODS[what] ?? 'true', `flood-${what}`] },
    {
      maxBytes: OUTPUT.large,
      ...(what === 'line' || what === 'lines' ? { onLine: (l: string) => void (lines.length < 100 && lines.push(l.length)) } : {}),
    },
  );
  report = { code: 'none', bytes: result.stdout.length + result.stderr.length };
} catch (error) {
  const { code, message, nodes, exitCode } = error as { code: string; message: string; nodes: readonly string[]; exitCode: number };
  report = { code, message, nodes, exitCode };
}
const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
process.stdout.write(
  `${JSON.stringify({ ...report, rss: mb(before), peak: mb(process.resourceUsage().maxRSS * 1024), ms: Math.round(performance.now() - began), longest: Math.max(0, ...lines) })}\n`,
);
process.exit(0);
