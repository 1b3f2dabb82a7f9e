/** Two kinds of tests: `unit` are pure and take seconds; `lab` needs the lab's hosts and runs one file after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 20_000 } },
      {
        extends: true,
        test: { name: 'pty', include: ['test/pty/**/*.test.{ts,tsx}'], testTimeout: 60_000, pool: 'forks', fileParallelism: false },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/lab-tests/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
