#!/bin/sh
# Restores a kept copy with its owner and mode, or removes a file that was not there before.
# usage: record-restore.sh RECORD_DIR ID|-|absent:ID PATH      absent: removes it only if this node has on record that it was not there (record-keep.sh)
set -eu
umask 077
dir=$1 id=$2 path=$3
# A name is safe from a power cut only when its folder is on disk too.
sync_folder() { sync -- "$(dirname -- "$path")" 2>/dev/null || sync; }
case $id in
absent:*)
  sh "$(dirname -- "$0")/trusted-record.sh" "$dir"
  [ -e "$dir/${id#absent:}.absent" ] || { echo "this node has no record that $path did not exist before the run" >&2; exit 1; }
  id=-
  ;;
esac
if [ "$id" = - ]; then
  rm -f -- "$path"
  sync_folder
  exit 0
fi
sh "$(dirname -- "$0")/trusted-record.sh" "$dir"
read -r mode owner group <"$dir/$id.meta"
tmp=$(mktemp "$path.mcw-XXXXXXXX")
trap 'rm -f -- "$tmp"' EXIT
cat -- "$dir/$id" >"$tmp"
chown -- "$owner:$group" "$tmp"
chmod "$mode" "$tmp"
sync -d "$tmp" 2>/dev/null || sync
mv -fT -- "$tmp" "$path"
sync_folder
trap - EXIT
