#!/bin/sh
# Keeps a copy of each file of a list on this node, before the first of them is changed, with a script that restores them without the wizard.
# usage: guarded-keep.sh FOLDER PHP-UNITS <LIST      FOLDER in the node record; the list as in guarded-file.sh. Prints one line a fault.
set -u
umask 077
dir=$1 units=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/as-user.sh"
. "$here/guarded-file.sh"
faults=0
fault() { printf 'fault: %s\n' "$*"; faults=$((faults + 1)); }
mkdir -p -- "$dir" || { fault "cannot make $dir"; exit 1; }
cat >"$dir/guarded.new" || { fault "cannot write to $dir"; exit 1; }

keep() { # ID WRITER BEFORE OURS PATH
  if [ "$2" = root ]; then
    why=$(guard_fault "$5")
    [ -z "$why" ] || { fault "cannot write $5 as root: $why"; return; }
  fi
  now=$(guard_hash "$2" "$5")
  # The first copy is the state before the run: a run that was cut off and resumed finds its own files.
  if [ "$3" = - ]; then
    case ,none,$4, in *",${now:-unreachable},"*) ;; *) fault "$5 should not exist yet" ;; esac
    return
  fi
  if [ ! -e "$dir/$1.meta" ]; then
    [ "$now" = "$3" ] || { fault "$5 is not the file that the plan was made for"; return; }
    if [ "$2" = root ]; then sh "$here/record-keep.sh" "$dir" "$1" "$5" >/dev/null || { fault "cannot keep a copy of $5"; return; }
    else
      user=$2
      as_user -o 16777216 cat -- "$5" >"$dir/$1.tmp" && as_user stat -c '%a %U %G' -- "$5" >"$dir/$1.meta.tmp" &&
        { sync -d "$dir/$1.tmp" "$dir/$1.meta.tmp" 2>/dev/null || sync; } && mv -f -- "$dir/$1.tmp" "$dir/$1" && mv -f -- "$dir/$1.meta.tmp" "$dir/$1.meta" || { fault "cannot keep a copy of $5"; return; }
    fi
  fi
  [ "$(sha256sum <"$dir/$1" | cut -c1-64)" = "$3" ] || fault "the kept copy of $5 is not the file that the plan was made for"
}
while IFS=$guard_tab read -r id writer after before ours path; do
  case $id in '' | *[!a-z0-9]*) fault "bad list"; continue ;; esac
  keep "$id" "$writer" "$before" "$ours" "$path"
done <"$dir/guarded.new"
[ $faults -eq 0 ] || { rm -f -- "$dir/guarded.new"; exit 1; }

# Whole and on disk before it has its name: an empty restore.sh would end well and restore nothing.
put() { # NAME <CONTENT
  cat >"$dir/$1.new" && { sync -d "$dir/$1.new" 2>/dev/null || sync; } && mv -f -- "$dir/$1.new" "$dir/$1"
}
{
  printf '%s\n' "$units" | put units && put as-user.sh <"$here/as-user.sh" && put guarded-file.sh <"$here/guarded-file.sh" &&
    put restore.sh <"$here/guarded-restore.sh" && { sync -d "$dir/guarded.new" 2>/dev/null || sync; } && mv -f -- "$dir/guarded.new" "$dir/guarded"
} || { fault "cannot write to $dir"; exit 1; }
sync -- "$dir" 2>/dev/null || sync
sync -- "$(dirname -- "$dir")" 2>/dev/null || sync
