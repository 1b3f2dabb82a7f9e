#!/bin/sh
# Says what became of the process that took a lock on this machine. Changes nothing.
# usage: lock-proof.sh PID START MACHINE BOOT      START in ticks since boot; MACHINE and BOOT as the lock has them
# prints other-machine, rebooted, gone, alive, or unknown
set -u
pid=$1 start=$2 machine=$3 boot=$4
hashed() { printf 'moodle-cluster-wizard %s' "$(cat "$1")" | sha256sum | cut -c1-16; }
case $pid in '' | 0 | *[!0-9]*) echo unknown; exit 0 ;; esac
[ -r /etc/machine-id ] && [ -r /proc/sys/kernel/random/boot_id ] || { echo unknown; exit 0; }
# Two machines may have one name.
[ "$(hashed /etc/machine-id)" = "$machine" ] || { echo other-machine; exit 0; }
[ "$(hashed /proc/sys/kernel/random/boot_id)" = "$boot" ] || { echo rebooted; exit 0; }
now=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20)
[ "$now" = "$start" ] && echo alive || echo gone
