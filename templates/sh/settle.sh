#!/bin/sh
# Waits until no PHP-FPM worker is still in a request that began before this script, and no Moodle CLI process is older.
# A worker that waits in accept(2) is between requests; one seen there once has finished what it had.
# usage: settle.sh SECONDS WEBUSER DIRROOT      prints "settled" or one line for each that is still busy
set -u
limit=$1 user=$2 dirroot=$3
machine=$(uname -m)
case $machine in
x86_64) accepts='43 288' ;;
aarch64) accepts='202 242' ;;
*) accepts='' ;;
esac

started() { # start time of a process in clock ticks: names one process even when its id is used again
  sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}
idle() {
  [ -n "$accepts" ] || return 1
  call=$(cut -d' ' -f1 "/proc/$1/syscall" 2>/dev/null) || return 0
  for number in $accepts; do [ "$call" = "$number" ] && return 0; done
  return 1
}
busy=''
for pid in $(pgrep -u "$user" -f '^php-fpm: pool ' 2>/dev/null); do
  idle "$pid" || busy="$busy $pid:$(started "$pid")"
done
for pid in $(pgrep -u "$user" -f "$dirroot/.*(cron|adhoc_task|scheduled_task|adhoc_task)\.php" 2>/dev/null); do
  busy="$busy $pid:$(started "$pid")"
done
waited=0
while [ -n "$busy" ]; do
  left=''
  for entry in $busy; do
    pid=${entry%%:*}
    [ "$(started "$pid")" = "${entry#*:}" ] || continue
    case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in
    'php-fpm: pool'*) idle "$pid" && continue ;;
    esac
    left="$left $entry"
  done
  busy=$left
  [ -n "$busy" ] || break
  if [ "$waited" -ge $((limit * 5)) ]; then
    for entry in $busy; do
      printf 'busy %s %s\n' "${entry%%:*}" "$(tr '\0' ' ' <"/proc/${entry%%:*}/cmdline" 2>/dev/null)"
    done
    exit 3
  fi
  sleep 0.2
  waited=$((waited + 1))
done
printf 'settled\n'
