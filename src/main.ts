/** What `moodle-cluster-wizard` does with its words. */

/** Runs them. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) return (await import('./app/command-line.js')).runCommandLine(argv);
  // The most common start has nothing to read: what reads command lines is not loaded before the first screen.
  try {
    return await (await import('./app/wizard.js')).wizardCommand({});
  } catch (thrown) {
    return (await import('./app/usage.js')).tellRefusal('wizard', thrown, { json: false, ndjson: false });
  }
}
