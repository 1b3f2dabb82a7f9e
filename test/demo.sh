#!/bin/sh
# One command from a clone: a cluster of real hosts, the main job on it, the proof, and what to do next.
set -eu
cd "$(dirname "$0")/.."
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund
node test/build.mjs
exec npx tsx test/demo.ts "$@"
