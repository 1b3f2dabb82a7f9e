#!/bin/sh
# Proves on its own node that a service listens where it should and that what keeps others out is in force. Changes nothing.
# usage: guard-proof.sh UNIT ADDRESS PORT TABLE      TABLE - = systemd does it; prints one line a problem
set -u
export LC_ALL=C
unit=$1 wanted="tcp $2:$3" table=$4
pid=$(systemctl show -p MainPID "$unit" | sed 's/^MainPID=//')
found=$(ss -Hlntup | grep -F "pid=$pid," | awk '{print $1, $5}' | sort -u)
[ "$found" = "$wanted" ] || printf '%s listens on "%s" instead of "%s"\n' "$unit" "$(printf '%s' "$found" | tr '\n' ' ')" "$wanted"
if [ "$table" = - ]; then
  [ -n "$(systemctl show -p IPAddressDeny "$unit" | sed 's/^IPAddressDeny=//')" ] || echo "$unit has no IPAddressDeny"
  sh "$(dirname "$0")/guard-look.sh" | grep -qx 'ip-deny enforced' || echo 'systemd does not enforce IPAddressDeny here, or not always'
else
  /usr/sbin/nft list table inet "$table" 2>/dev/null | grep -q "dport $3 drop" || echo "the nftables table inet $table is not loaded"
fi
exit 0
