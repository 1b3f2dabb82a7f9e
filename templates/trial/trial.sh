#!/bin/sh
# The way back of a trial, on one Moodle node. It needs no wizard, no SSH, no credential: only this folder, PHP and the data folder.
# usage: trial.sh watch | rehearse | extend SECONDS | status | confirm | revert
# What this node must know lies beside it: conf, before.php (the file to put back), requests/. Rules: design of the trial in lib.sh.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/conf"
. "$here/as-user.sh"
. "$here/lib.sh"

# Puts the file back and makes this node run it. Safe to begin again wherever it stopped.
turn_back() {
  restore || { say "could not put the file back yet"; return 1; }
  converge_here
  empty_here all
  drain_here
  empty_here all
  as_user sh -c 'mv -fT "$1.reverting" "$1.reverted" || [ -e "$1.reverted" ]' sh "$marks"
}

tick() {
  case $(mark) in
  kept) finish kept ;;
  reverted)
    converge_here
    empty_here own
    drain_here
    empty_here own
    finish reverted
    ;;
  reverting)
    # Another node puts the file back. As soon as it is there we run it too; one that does not come to an end is stood in for.
    seen=$((${seen:-0} + 1))
    if [ "$(live_hash)" = "${before:-none}" ]; then
      [ -n "${converged:-}" ] || { converge_here; empty_here own; converged=1; }
    fi
    [ "$seen" -lt 30 ] || { turn_back && finish reverted; }
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
    # Somebody removed the marks. Nobody confirmed, so it goes back. One look may fall between two names of one rename, and a
    # network file system may lag for a minute: so they must be missing for longer than that.
    due || return 0
    missed=$((${missed:-0} + 1))
    [ "$missed" -ge 35 ] || return 0
    if claim none; then
      say "the marks are gone and nobody confirmed"
      seen=30
      turn_back && finish reverted
    fi
    ;;
  *) say_once "the data folder cannot be reached: $muc" ;;
  esac
}

case ${1:-} in
watch)
  # Once, when it is armed; after a start of the machine it goes on.
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
status) tell ;;
confirm)
  # The mark is the web user's to write; that root confirmed it lies here.
  : >"$here/confirmed"
  if as_user mv -nT -- "$marks.armed" "$marks.kept" && [ "$(mark)" = kept ]; then echo "Kept."
  else
    rm -f -- "$here/confirmed"
    echo "It could not be kept: the trial is $(mark)." >&2
    exit 5
  fi
  ;;
revert)
  case $(mark) in
  armed) claim armed || exit 1 ;;
  none) claim none || exit 1 ;;
  kept) echo "The trial has been confirmed; take it back with: moodle-cluster-wizard rollback --yes" >&2; exit 1 ;;
  esac
  [ "$(mark)" = reverted ] || turn_back || exit 1
  echo "Put back: $muc"
  ;;
*)
  echo "usage: $0 status | confirm | revert" >&2
  exit 64
  ;;
esac
