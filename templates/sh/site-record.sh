#!/bin/sh
# The site record on the main node: small files below sites/<id>, root only.
# usage: site-record.sh list ROOT | read ROOT SITE FILE | read64 ROOT SITE FILE |
#        write ROOT SITE FILE (a line with the content's SHA-256, then the content, on stdin) |
#        append ROOT SITE FILE (line on stdin) | points ROOT SITE | remove ROOT SITE FILE | drop ROOT SITE POINT… |
#        reserve ROOT SITE
set -eu
umask 077
verb=$1 root=$2
sites=$root/sites
# What a record says is done as root: one that others own or could change, copied here from elsewhere, is not believed.
trusted() { sh "$(dirname -- "$0")/trusted-record.sh" "$1"; }
case $verb in
list)
  [ -d "$sites" ] || exit 0
  trusted "$sites"
  for dir in "$sites"/*/; do
    [ -e "${dir}site.json" ] || continue
    cat "${dir}site.json"
    printf '\n'
  done
  exit 0
  ;;
esac
# A name is safe from a power cut only when its folder is on disk too, and each folder that was made for it.
sync_folders() { # from the folder of a file up to the record of all sites
  at=$1
  while :; do
    sync -- "$at" 2>/dev/null || { sync; return; }
    case $at in "$root" | / | .) return ;; esac
    at=$(dirname -- "$at")
  done
}
site=$3
case $site in '' | *[!a-z0-9]*) echo "bad site id" >&2; exit 64 ;; esac
dir=$sites/$site
trusted "$dir"
case $verb in
points)
  [ -d "$dir/restore-points" ] || exit 0
  for point in "$dir"/restore-points/*/; do
    [ -e "${point}meta.json" ] || continue
    printf '%s\t' "$(basename -- "$point")"
    cat "${point}meta.json"
    printf '\n'
  done
  exit 0
  ;;
drop)
  shift 3
  for id in "$@"; do
    case $id in '' | *[!A-Za-z0-9-]*) echo "bad restore point id" >&2; exit 64 ;; esac
    # Out of the list in one step, so that half a restore point is never seen.
    [ ! -d "$dir/restore-points/$id" ] || mv -T -- "$dir/restore-points/$id" "$dir/restore-points/.dropped-$id"
  done
  [ ! -d "$dir/restore-points" ] || sync -- "$dir/restore-points" 2>/dev/null || sync
  rm -rf -- "$dir"/restore-points/.dropped-*
  exit 0
  ;;
esac
# Room that is reserved while there is enough, for the notes of a run that meets a full disk.
reserve=$dir/reserve
case $verb in
reserve)
  mkdir -p -- "$dir"
  [ "$(stat -c %s -- "$reserve" 2>/dev/null || echo 0)" -ge 1048576 ] || { head -c 1048576 /dev/zero >"$reserve" && sync -d "$reserve" 2>/dev/null; } || rm -f -- "$reserve"
  exit 0
  ;;
write | append)
  if [ -e "$reserve" ] && [ "$(df -Pk -- "$dir" | awk 'NR == 2 {print $4}')" -lt 512 ]; then rm -f -- "$reserve"; fi
  ;;
esac
file=$4
case $file in /* | *..*) echo "bad file name" >&2; exit 64 ;; esac
case $verb in
read)
  [ -e "$dir/$file" ] || exit 44
  cat -- "$dir/$file"
  ;;
read64)
  [ -e "$dir/$file" ] || exit 44
  base64 -w0 -- "$dir/$file"
  ;;
write)
  mkdir -p -- "$(dirname -- "$dir/$file")"
  # A name of its own for each writer: one before, its connection cut, may still be at work.
  new=$(mktemp -- "$dir/$file.XXXXXXXX")
  trap 'rm -f -- "$new"' EXIT
  IFS= read -r sum || :
  cat >"$new"
  got=$(sha256sum <"$new")
  # Killed while it sends, the wizard leaves an end that looks like any other.
  if [ "${got%% *}" != "$sum" ]; then
    echo "the content of $file did not arrive complete; the file is unchanged" >&2
    exit 69
  fi
  sync -d "$new" 2>/dev/null || sync
  mv -fT -- "$new" "$dir/$file"
  sync_folders "$(dirname -- "$dir/$file")"
  ;;
append)
  mkdir -p -- "$(dirname -- "$dir/$file")"
  # What a power cut tore keeps a line to itself.
  fresh=''
  [ -e "$dir/$file" ] || fresh=1
  if [ -s "$dir/$file" ] && [ -n "$(tail -c 1 -- "$dir/$file")" ]; then echo >>"$dir/$file"; fi
  cat >>"$dir/$file"
  sync -d "$dir/$file" 2>/dev/null || sync
  [ -z "$fresh" ] || sync_folders "$(dirname -- "$dir/$file")"
  ;;
remove)
  rm -f -- "$dir/$file"
  [ ! -d "$(dirname -- "$dir/$file")" ] || sync -- "$(dirname -- "$dir/$file")" 2>/dev/null || sync
  ;;
*)
  echo "unknown verb $verb" >&2
  exit 64
  ;;
esac
