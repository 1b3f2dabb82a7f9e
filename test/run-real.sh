#!/bin/sh
# The lab tests on every real Moodle release found under $MOODLE_TREES; ends like npm test.
set -eu
cd "$(dirname "$0")/.."
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund
exec env MCW_RELEASES=all node test/run-all.mjs lab
