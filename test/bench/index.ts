/** Benchmarks by name: `npm run bench -- NAME`. They print ratios; nothing passes or fails by them. */

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  start: async () => (await import('./start.js')).benchStart(),
};

const bench = BENCHES[process.argv[2] ?? ''];
if (bench) await bench();
else {
  console.error(`usage: npm run bench -- NAME     NAME: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
}
