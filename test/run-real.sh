#!/bin/sh
# The lab tests on every real Moodle release found under $MOODLE_TREES; ends like npm test.
set -eu
cd "$(dirname "$0")/.."
[ -d node_modules/vitest ] || npm ci --no-audit --no-fund
exec env MCW_RELEASES=all node test/run-all.mjs lab
