#!/bin/sh
# Says whether a record is root's alone: what others own, could change or could have linked there is not believed.
# usage: trusted-record.sh PATH      looks at PATH, all below it, and each folder above it; exit 77 and its name for the first fault
set -eu
path=$1
me=$(id -u)
fault() {
  echo "$1 $2" >&2
  exit 77
}
at=$path
while :; do
  if [ -e "$at" ] || [ -L "$at" ]; then
    [ ! -L "$at" ] || [ "$at" != "$path" ] || fault "$at" 'is a symbolic link'
    # With -L: a link above, such as /var, is judged by what it leads to.
    set -- $(stat -L -c '%u %a' -- "$at")
    [ "$1" = 0 ] || [ "$1" = "$me" ] || fault "$at" "belongs to another user (uid $1)"
    # A folder such as /tmp keeps what is ours in it.
    [ $((0$2 & 022)) -eq 0 ] || { [ -d "$at" ] && [ $((0$2 & 01000)) -ne 0 ] && [ "$at" != "$path" ]; } || fault "$at" "other users can change it (mode $2)"
  fi
  case $at in / | .) break ;; esac
  at=$(dirname -- "$at")
done
[ -d "$path" ] || exit 0
found=$(find "$path" \( ! -uid 0 ! -uid "$me" -o ! -type d ! -type f -o -perm /022 -o -type f -links +1 \) -print -quit)
[ -z "$found" ] || fault "$found" 'belongs to another user, other users can change it, or it is not a regular file with one name'
