#!/bin/sh
# Runs a command apart from the connection that asks for it: a lost link neither ends it nor hides how it ended.
# Called again with the same id, it joins the running job, or prints the result that nobody has read yet.
# usage: apply-job.sh DIR ID COMMAND [ARG…]      prints the job's output, exits with its code; 75 = it ended without a result
set -u
umask 077
base=$1 id=$2
shift 2
case $id in '' | *[!a-z0-9-]*) echo "bad job id" >&2; exit 64 ;; esac
dir=$base/$id
mkdir -p -- "$base" || exit 73
if mkdir -- "$dir" 2>/dev/null; then
  : >"$dir/out"
  job='dir=$1; shift; "$@" >>"$dir/out" 2>&1 </dev/null; echo $? >"$dir/rc.tmp"; mv -f -- "$dir/rc.tmp" "$dir/rc"'
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
    systemd-run --quiet --collect --unit="mcw-$id" sh -c "$job" sh "$dir" "$@" </dev/null || { rm -rf -- "$dir"; exit 73; }
  else
    setsid sh -c "$job" sh "$dir" "$@" </dev/null >/dev/null 2>&1 &
    echo $! >"$dir/pid"
  fi
fi
alive() {
  if [ -e "$dir/pid" ]; then kill -0 "$(cat "$dir/pid")" 2>/dev/null; return; fi
  case $(systemctl is-active "mcw-$id.service" 2>/dev/null) in active | activating | deactivating) return 0 ;; esac
  return 1
}
seen=0
# Fails when the caller has ended: then the result is kept for the next caller.
report() {
  size=$(wc -c <"$dir/out") || return 1
  [ "$size" -gt "$seen" ] || return 0
  # Output that arrives meanwhile is printed by the next call.
  tail -c "+$((seen + 1))" -- "$dir/out" | head -c "$((size - seen))" || return 1
  seen=$size
}
gone=0
while [ ! -e "$dir/rc" ]; do
  [ -d "$dir" ] || { echo "another caller has read the result of mcw-$id" >&2; exit 75; }
  report || exit 74
  if alive; then gone=0; else gone=$((gone + 1)); fi
  if [ "$gone" -ge 5 ]; then
    rm -rf -- "$dir"
    echo "the job mcw-$id ended without a result" >&2
    exit 75
  fi
  sleep 0.3
done
report || exit 74
rc=$(cat "$dir/rc")
echo "ended with $rc" || exit 74
rm -rf -- "$dir"
exit "$rc"
