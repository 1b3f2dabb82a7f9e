#!/bin/sh
# Everything that `npm test` does, on a machine where nothing is installed yet but Node: packages first, then all checks and tests.
set -eu
cd "$(dirname "$0")/.."
# Again when the lock file has changed since: a missing package shows late and oddly.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund
exec node test/run-all.mjs "$@"
