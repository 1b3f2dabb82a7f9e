#!/bin/sh
# Keeps a copy of a root-owned file in the node record, before it is changed.
# usage: record-keep.sh RECORD_DIR ID PATH      prints "kept" or "absent"
set -eu
umask 077
dir=$1 id=$2 path=$3
mkdir -p "$dir"
if [ ! -e "$path" ] && [ ! -L "$path" ]; then
  # The proof on this node that a rollback may remove what the run puts there.
  [ -e "$dir/$id.meta" ] || touch -- "$dir/$id.absent"
  sync -- "$dir" 2>/dev/null || sync
  sync -- "$(dirname -- "$dir")" 2>/dev/null || sync
  printf 'absent\n'
  exit 0
fi
# A second keep of the same run must not overwrite the first image: only the first is the state before.
if [ -e "$dir/$id.meta" ]; then
  printf 'kept\n'
  exit 0
fi
cp -p -- "$path" "$dir/$id.tmp"
chmod 600 "$dir/$id.tmp"
sync -d "$dir/$id.tmp" 2>/dev/null || sync
mv -- "$dir/$id.tmp" "$dir/$id"
stat -c '%a %U %G' -- "$path" >"$dir/$id.meta.tmp"
sync -d "$dir/$id.meta.tmp" 2>/dev/null || sync
mv -- "$dir/$id.meta.tmp" "$dir/$id.meta"
# The names too must outlive a power cut, and the folder's own.
sync -- "$dir" 2>/dev/null || sync
sync -- "$(dirname -- "$dir")" 2>/dev/null || sync
printf 'kept\n'
