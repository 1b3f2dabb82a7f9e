#!/bin/sh
# Which definitions have content in a file store. Runs as the web user, reads only.
# usage: cache-traces.sh FOLDER NAME…      prints a line for each that has: NAME<TAB>EPOCH of the newest of its first 500 entries
set -u
folder=$1
shift
for name in "$@"; do
  case $name in '' | *[!A-Za-z0-9_]*) continue ;; esac
  [ -d "$folder/$name" ] || continue
  newest=$(find "$folder/$name" -type f -name '*.cache' -printf '%T@\n' 2>/dev/null | head -n 500 | cut -d. -f1 | sort -n | tail -n 1)
  [ -z "$newest" ] || printf '%s\t%s\n' "$name" "$newest"
done
