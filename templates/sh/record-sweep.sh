#!/bin/sh
# Removes the copies that restore points kept on this node.
# usage: record-sweep.sh ROOT ID…
set -eu
root=$1
shift
for id in "$@"; do
  case $id in '' | *[!A-Za-z0-9-]*) echo "bad restore point id" >&2; exit 64 ;; esac
  rm -rf -- "$root/before/$id"
done
