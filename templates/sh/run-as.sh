#!/bin/sh
# Runs a command as another user, for callers that are no shell. Its input and output are the caller's pipes.
# usage: run-as.sh USER SECONDS COMMAND…
set -u
. "$(dirname "$0")/as-user.sh"
for fd in 0 1 2; do
  [ ! -t $fd ] || { echo "run-as.sh hands no terminal to another user." >&2; exit 64; }
done
find_user "$1" || exit 126
shift
exec_as_found "$@"
