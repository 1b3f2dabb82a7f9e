#!/bin/sh
# Everything that `npm test` does, on a machine where nothing is installed yet but Node: packages first, then all checks and tests.
set -eu
cd "$(dirname "$0")/.."
[ -d node_modules/vitest ] || npm ci --no-audit --no-fund
exec node test/run-all.mjs "$@"
