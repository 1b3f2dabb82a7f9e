#!/bin/sh
# How much room there is for each path (or the nearest folder above it that is there), for the user that runs this.
# usage: free-space.sh PATH…      prints one line a path: KILOBYTES<TAB>INODES<TAB>rw|ro<TAB>MOUNT<TAB>PATH; inodes is - where the file system counts none
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
for path in "$@"; do
  at=$path
  while [ ! -e "$at" ] && [ "$at" != / ]; do at=$(dirname -- "$at"); done
  # A dead network mount must not hold everything up.
  blocks=$(timeout -k 2 15 df -Pk -- "$at" 2>/dev/null | sed -n 2p)
  inodes=$(timeout -k 2 15 df -Pi -- "$at" 2>/dev/null | sed -n 2p)
  set -- $blocks
  free=${4:--} mount=${6:--}
  set -- $inodes
  total=${2:--} left=${4:--}
  case $total in 0 | -) left=- ;; esac
  # A mount option of the file system, not the rights of the folder.
  kind=rw
  case $(awk -v m="$mount" '$2 == m {o = $4} END {print "," o ","}' /proc/mounts) in *,ro,*) kind=ro ;; esac
  printf '%s\t%s\t%s\t%s\t%s\n' "$free" "$left" "$kind" "$mount" "$path"
done
