#!/usr/bin/env node
/** Plain shim: says which Node is needed before anything newer is parsed, and settles environment and colour before anything is loaded that reads them. */

import { cleanEnvironment } from './environment.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`moodle-cluster-wizard needs Node 20.19 or later; this is ${process.version}.\n`);
  process.exit(2);
}
cleanEnvironment(process.env);
// Ink's colour library does not know NO_COLOR.
if ((process.env['NO_COLOR'] ?? '') !== '' || process.argv.includes('--no-color')) process.env['FORCE_COLOR'] = '0';

// The screen takes longest to load: it begins at once, beside what reads the command line, where it looks as if it will be wanted.
const words = process.argv.slice(2);
const toTerminal = process.stdin.isTTY && process.stdout.isTTY;
if (toTerminal && (words.length === 0 || words[0] === 'wizard' || words[0] === '--answers') && !words.includes('--plain')) {
  import('./ui/ink/index.js').catch(() => {});
}

const [{ main }, { dieWithTerminal }] = await Promise.all([import('./main.js'), import('./ui/hangup.js')]);
process.exitCode = await main(process.argv.slice(2));
dieWithTerminal();
