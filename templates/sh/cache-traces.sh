#!/bin/sh
# Which definitions have content in a file store. Runs as the web user, reads only.
# usage: cache-traces.sh FOLDER HASH…      prints a line for each that has: HASH<TAB>EPOCH of the newest of its first 500 files
set -u
folder=$1
shift
for hash in "$@"; do
  case $hash in '' | *[!0-9a-f]*) continue ;; esac
  [ -d "$folder/$hash" ] || continue
  newest=$(find "$folder/$hash" -type f -printf '%T@\n' 2>/dev/null | head -n 500 | cut -d. -f1 | sort -n | tail -n 1)
  [ -z "$newest" ] || printf '%s\t%s\n' "$hash" "$newest"
done
