// Runs every check and test and ends with one line: N passed, N failed, N skipped.
// usage: node test/run-all.mjs [checks] [unit] [crash] [properties] [pty] [lab] [long] [safety] [security]      default: all but the last three, which take their time
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.includes(name);
const count = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'mcw-tests-'));

function run(title, command, args) {
  console.log(`\n== ${title}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

function check(title, command, args) {
  if (run(title, command, args)) count.passed += 1;
  else count.failed += 1;
}

function tests(project) {
  const report = join(scratch, `${project}.json`);
  const ok = run(`tests: ${project}`, 'npx', [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  if (!existsSync(report)) {
    console.log(`The tests "${project}" did not run.`);
    count.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  count.passed += result.numPassedTests;
  count.failed += result.numFailedTests;
  count.skipped += result.numPendingTests + result.numTodoTests;
  // A file that could not be loaded, or a hook that failed, has no failed test of its own; and a project with no test at all is a failure too.
  if ((!ok && result.numFailedTests === 0) || result.numTotalTests === 0) count.failed += 1;
}

if (wants('checks')) {
  check('lint and format', 'npx', ['biome', 'ci', '.']);
  check('words', 'npx', ['tsx', 'test/words/index.ts']);
  check('types', 'npx', ['tsc', '--noEmit']);
}
check('build', 'node', ['test/build.mjs']);
for (const project of ['unit', 'crash', 'properties', 'pty', 'lab']) if (wants(project)) tests(project);
for (const project of ['long', 'safety', 'security']) if (wanted.includes(project)) tests(project);
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed === 0 ? 0 : 1);
