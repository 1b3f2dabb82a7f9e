#!/bin/sh
# Prints the state of a path and of every folder above it. Changes nothing.
# usage: apply-look.sh PATH [no-hash]      prints one line a part: KIND<TAB>MODE<TAB>OWNER<TAB>GROUP<TAB>PART, then "sha256<TAB>HEX" for a file
set -u
path=$1
look() {
  if [ -L "$1" ]; then kind=link
  elif [ -d "$1" ]; then kind=directory
  elif [ -f "$1" ]; then kind=file
  elif [ -e "$1" ]; then kind=other
  else
    printf 'absent\t-\t-\t-\t%s\n' "$1"
    return 0
  fi
  printf '%s\t%s\t%s\n' "$kind" "$(stat -c '%a	%U	%G' -- "$1")" "$1"
}
part=''
rest=${path#/}
look /
while [ -n "$rest" ]; do
  part=$part/${rest%%/*}
  case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
  look "$part"
done
if [ "${2-}" != no-hash ] && [ -f "$path" ] && [ ! -L "$path" ]; then
  # Opened under a time limit: a file that is replaced by a pipe does not block.
  sum=$(timeout -k 2 60 sha256sum -- "$path" | sed 's/^\\//') && [ -n "$sum" ] || exit 1
  printf 'sha256\t%s\n' "${sum%% *}"
fi
