#!/bin/sh
# Waits until no worker of the web SAPI is still in a request that began before this script, and no cron run or task of this Moodle is older.
# A worker that waits in accept(2) is between requests; one seen there once has finished what it had.
# A worker is a child of a master that systemd names: what a process calls itself proves nothing. Where there is no systemd its title is taken.
# The web user itself can still delay this up to the limit, as with any long request; nobody else can.
# usage: drain.sh SECONDS WEBUSER DIRROOT [KIND:UNIT]…      what to watch: `fpm:php8.2-fpm.service`, `fpm:` for workers by their title
# Prints "drained", or a line for each: "busy PID COMMAND" (exit 3), "unknown WHAT" for what cannot be watched (exit 4 where nothing is busy).
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
limit=$1 user=$2 dirroot=${3%/}
shift 3
real=$(readlink -m -- "$dirroot")
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
words() { # the command line, one word a line
  head -c 65536 "/proc/$1/cmdline" 2>/dev/null | tr '\n\0' ' \n'
}
shown() { words "$1" | tr '\n' ' ' | tr -c ' -~' '?' | cut -c1-200; }
fpm_workers() { # UNIT
  if [ -d /run/systemd/system ] && [ -n "$1" ]; then
    master=$(systemctl show -p MainPID -- "$1" 2>/dev/null | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p')
    [ -z "$master" ] || pgrep -u "$user" -P "$master" 2>/dev/null
  else
    pgrep -u "$user" -f '^php-fpm: pool ' 2>/dev/null
  fi
}
# True for a process that runs cron or tasks of this Moodle, wherever it was started from.
tasks() {
  script=$(words "$1" | grep -E '(^|/)(cron|adhoc_task|scheduled_task)\.php$' | head -n 1)
  [ -n "$script" ] || return 1
  case $script in /*) ;; *) script=$(readlink "/proc/$1/cwd" 2>/dev/null)/$script ;; esac
  case $script in "$dirroot"/*) return 0 ;; esac
  case $(readlink -m -- "$script") in "$real"/*) return 0 ;; esac
  return 1
}
report_unknown() {
  for kind in $unknown; do printf 'unknown workers of the web SAPI (%s) cannot be watched\n' "$kind"; done
}
command -v pgrep >/dev/null 2>&1 || {
  printf 'unknown processes cannot be listed: pgrep is missing (package procps)\n'
  exit 4
}

busy='' unknown=''
for watch in "$@"; do
  case $watch in
  fpm:*) pids=$(fpm_workers "${watch#fpm:}") ;;
  *) pids='' unknown="$unknown ${watch%%:*}" ;;
  esac
  for pid in $pids; do
    idle "$pid" || busy="$busy worker:$pid:$(started "$pid")"
  done
done
for pid in $(pgrep -u "$user" -f '(cron|adhoc_task|scheduled_task)\.php' 2>/dev/null); do
  tasks "$pid" && busy="$busy task:$pid:$(started "$pid")"
done
waited=0
while [ -n "$busy" ]; do
  left=''
  for entry in $busy; do
    start=${entry##*:} pid=${entry#*:}
    pid=${pid%%:*}
    [ "$(started "$pid")" = "$start" ] || continue
    case $entry in worker:*) idle "$pid" && continue ;; esac
    left="$left $entry"
  done
  busy=$left
  [ -n "$busy" ] || break
  if [ "$waited" -ge $((limit * 5)) ]; then
    for entry in $busy; do
      pid=${entry#*:}
      pid=${pid%%:*}
      printf 'busy %s %s\n' "$pid" "$(shown "$pid")"
    done
    report_unknown
    exit 3
  fi
  sleep 0.2
  waited=$((waited + 1))
done
if [ -n "$unknown" ]; then
  report_unknown
  exit 4
fi
printf 'drained\n'
