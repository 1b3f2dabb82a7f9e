#!/bin/sh
# Automatic rollback of a trial, on one node. It needs no wizard, no SSH, no credential: only this folder, PHP and the data folder.
# usage: trial.sh watch | rehearse | extend SECONDS | status | confirm | revert | restore | mark ID | turn ID kept|reverting|reverted | clear ID
# What this node must know lies beside it: conf, before.php (the MUC file to restore), requests/. How a trial works: lib.sh.
set -u
umask 077
here=$(cd "$(dirname "$0")" && pwd)
. "$here/conf"
. "$here/as-user.sh"
. "$here/lib.sh"

# Restores what is on trial and makes this node run it. Safe to start over wherever it stopped.
turn_back() {
  # A file of this node that cannot be restored does not hold up what all nodes share.
  restore_here
  here_code=$?
  restore_files shared || { say_once "could not restore the shared files yet"; return 1; }
  if [ -n "$muc" ]; then
    restore || { say_once "could not restore $muc yet"; return 1; }
    converge_here
    empty_here all
    drain_here
    empty_here all
  fi
  with_marks sh -c 'mv -fT "$1.reverting" "$1.reverted" || [ -e "$1.reverted" ]' sh "$marks" && [ $here_code -eq 0 ]
}

# Another node restores the MUC file: this one runs it too, and empties what only it has.
follow() {
  [ -n "$muc" ] || return 0
  converge_here
  empty_here own
}

tick() {
  case $(mark) in
  kept) finish kept ;;
  reverted)
    restore_here || return 0
    if [ -n "$muc" ]; then
      follow
      drain_here
      empty_here own
    fi
    finish reverted
    ;;
  reverting)
    restore_here
    here_code=$?
    # Another node restores what is shared. As soon as it is there this node runs it too; a node that does not come to an end is replaced.
    seen=$((${seen:-0} + 1))
    [ -z "${own_mark:-}" ] || seen=30
    if [ -n "$muc" ] && [ "$(live_hash)" = "${before:-none}" ]; then
      [ -n "${converged:-}" ] || { follow; converged=1; }
    fi
    [ "$seen" -lt 30 ] || { turn_back && [ $here_code -eq 0 ] && finish reverted; }
    ;;
  armed)
    due || return 0
    if claim armed; then
      say "the time is over and nobody confirmed"
      seen=30
      turn_back && finish reverted
    fi
    ;;
  none)
    # Somebody removed the marks. Nobody confirmed, so everything is restored. One look may fall between two names of one rename, and a
    # network file system may lag for a minute: so they must be missing for longer than that.
    due || return 0
    missed=$((${missed:-0} + 1))
    [ "$missed" -ge 35 ] || return 0
    if claim none; then
      say "the marks are missing and nobody confirmed"
      seen=30
      turn_back && finish reverted
    fi
    ;;
  *) say_once "the data folder is unreachable: $marks" ;;
  esac
}

# Verbs of the wizard on the node that decides: another trial than the one it asks for has no marks here.
this_trial() { [ "$1" = "$id" ] || { echo none; exit 0; }; }

case ${1:-} in
watch)
  # Once, when it is armed; after a start of the machine it continues.
  if [ ! -e "$here/rehearsal" ]; then
    rehearse >"$here/rehearsal.new" 2>&1
    mv -f "$here/rehearsal.new" "$here/rehearsal"
  fi
  grep -qx 'rehearsed' "$here/rehearsal" || exit 0
  while [ ! -e "$here/result" ]; do
    tick
    [ -e "$here/result" ] || sleep 2
  done
  exit 0
  ;;
rehearse) rehearse ;;
extend) set_deadline "$2" ;;
status) report ;;
confirm)
  # The mark is the web user's to write; that root confirmed it lies here.
  : >"$here/confirmed"
  if with_marks mv -nT -- "$marks.armed" "$marks.kept" && [ "$(mark)" = kept ]; then
    if [ -n "${own_mark:-}" ]; then echo "Kept on this node. Run the same on every node of the trial."; else echo "Kept."; fi
  else
    rm -f -- "$here/confirmed"
    echo "Cannot keep it: the trial is $(mark)." >&2
    exit 5
  fi
  ;;
revert)
  case $(mark) in
  armed) claim armed || exit 1 ;;
  none) claim none || exit 1 ;;
  kept) echo "The trial was confirmed. Roll back with: moodle-cluster-wizard rollback --yes" >&2; exit 1 ;;
  esac
  if [ "$(mark)" = reverted ]; then restore_here || exit 1; else turn_back || exit 1; fi
  echo "Restored: ${muc:-the files of this node}"
  ;;
restore)
  # The wizard reverts and restores what is shared itself; this node restores its own files.
  case $(mark) in reverting | reverted) ;; *) echo "The trial is $(mark)." >&2; exit 1 ;; esac
  restore_here
  ;;
mark)
  this_trial "$2"
  mark
  ;;
turn)
  this_trial "$2"
  case $3 in
  kept | reverting) with_marks mv -nT -- "$marks.armed" "$marks.$3" ;;
  reverted) with_marks sh -c 'mv -T -- "$1.reverting" "$1.reverted" || mv -nT -- "$1.armed" "$1.reverted"' sh "$marks" ;;
  *) exit 64 ;;
  esac
  mark
  ;;
clear)
  this_trial "$2"
  with_marks rm -f -- "$marks.armed" "$marks.reverting" "$marks.kept" "$marks.reverted"
  mark
  ;;
*)
  echo "usage: $0 status | confirm | revert" >&2
  exit 64
  ;;
esac
