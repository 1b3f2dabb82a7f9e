#!/bin/sh
# Takes the unit of a trial on this node away, and what is secret in its folder; what came of it stays to be read. Safe to run twice.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/conf"
unit=moodle-cluster-wizard-trial-$site.service
systemctl disable -q --no-reload "$unit" 2>/dev/null
rm -f -- "/etc/systemd/system/$unit"
systemctl daemon-reload
rm -rf -- "$here/requests" "$here/before.php" "/var/lib/moodle-cluster-wizard/run/web-token-$token"
# The very unit this runs in ends by itself.
[ "${1:-}" = stop ] || exit 0
systemctl stop "$unit" 2>/dev/null
case $(systemctl show -p ActiveState "$unit" 2>/dev/null) in
ActiveState=inactive | ActiveState=failed) exit 0 ;;
*) exit 1 ;;
esac
