/** Kinds of tests: `unit` are pure and take seconds, `crash` and `properties` too but for a minute or two each, `pty` draw in a real terminal, `lab` and those below it need the lab's hosts. */
import { defineConfig } from 'vitest/config';

/** Whole runs after whole runs: a quarter of an hour and more on hosts of their own, so they have a command of their own (npm run test:long). */
const LONG = ['test/lab-tests/advice-38.test.ts', 'test/lab-tests/advice-plugin.test.ts', 'test/lab-tests/trial-ends.test.ts', 'test/lab-tests/repair.test.ts'];

const CRASH = 'test/unit/engine/crash-*.test.ts';
/** Thousands of generated cases each, or thousands of attempts to win a race. */
const PROPERTIES = 'test/unit/**/*.properties.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // They share nothing that they change, so one start of the modules serves all. By default one processor would stay idle.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          exclude: [CRASH, PROPERTIES],
          testTimeout: 60_000,
          isolate: false,
          maxWorkers: '100%',
        },
      },
      // Runs in memory, killed at each of their effects: pure too, but hundreds of runs.
      { extends: true, test: { name: 'crash', include: [CRASH], testTimeout: 300_000 } },
      { extends: true, test: { name: 'properties', include: [PROPERTIES], testTimeout: 300_000 } },
      {
        extends: true,
        // They wait for what is drawn, however long a busy machine takes: the limits are for what never comes. Most of the time is waiting.
        test: {
          name: 'pty',
          include: ['test/pty/**/*.test.{ts,tsx}'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          pool: 'forks',
          maxWorkers: 4,
          globalSetup: 'test/pty/setup.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/lab-tests/**/*.test.ts'],
          exclude: [...LONG, 'test/lab-tests/safety.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: { name: 'long', include: LONG, testTimeout: 900_000, hookTimeout: 900_000, pool: 'forks', fileParallelism: false },
      },
      // Kills, races and looks into every process: some ten minutes on hosts of its own, so it has a command of its own (npm run test:safety).
      {
        extends: true,
        test: {
          name: 'safety',
          include: ['test/lab-tests/safety.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      // What an attacker tries, on hosts of its own (npm run test:security). Its fast half is in test/unit/security.
      {
        extends: true,
        test: {
          name: 'security',
          include: ['test/security/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
