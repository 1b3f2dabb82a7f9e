#!/bin/sh
# How this node resolves names. Reads only.
# usage: resolve.sh NAME…      prints NAME<TAB>ADDRESS,ADDRESS… (sorted; empty when it does not resolve)
set -u
for name in "$@"; do
  found=$(timeout -k 2 10 getent ahosts "$name" 2>/dev/null | cut -d' ' -f1 | sort -u | tr '\n' ',')
  printf '%s\t%s\n' "$name" "${found%,}"
done
