#!/bin/sh
# Arms a trial on this node: unpacks its folder from a tar on standard input, starts its unit, and waits for the rehearsal inside it.
# usage: arm.sh SITE SECONDS TOKENHASH      prints what the rehearsal said; exit 0 only when all of it holds
set -u
umask 077
site=$1 seconds=$2 token=$3
base=/var/lib/moodle-cluster-wizard
dir=$base/trial/$site
unit=moodle-cluster-wizard-trial-$site.service
case $site in '' | *[!a-z0-9]*) echo "fault: bad site id"; exit 64 ;; esac
[ -d /run/systemd/system ] || { echo "fault: systemd does not run here"; exit 1; }
[ ! -L "$base" ] && [ "$(stat -c %u "$base")" = 0 ] || { echo "fault: $base does not belong to root"; exit 1; }
mkdir -p "$base/trial" && chmod 0700 "$base/trial" || exit 1
new=$(mktemp -d "$base/trial/.new.XXXXXXXX") || { echo "fault: no space in $base"; exit 1; }
trap 'rm -rf -- "$new"' EXIT
kit=$(cd "$(dirname "$0")" && pwd)
cp "$kit/trial.sh" "$kit/lib.sh" "$kit/disarm.sh" "$kit/trial.service" "$kit/../sh/as-user.sh" "$new/" || { echo "fault: no space in $base"; exit 1; }
tar -xf - --no-same-owner -C "$new" || { echo "fault: the trial's files could not be unpacked in $base (disk full?)"; exit 1; }
# The last one of all: a wizard that died while it sent them leaves an end that looks like any other.
[ -e "$new/complete" ] || { echo "fault: the trial's files did not arrive complete"; exit 1; }
! grep -qx 'own_mark=1' "$new/conf" || : >"$new/mark.armed"
# The id of a site is made of what PHP of its web user reports. It cannot choose its folder and its user: another site's trial stays armed.
whose() { grep -E '^(user|dirroot)=' "$1/conf"; }
if [ -e "$dir/conf" ] && [ ! -e "$dir/result" ] && [ "$(whose "$dir")" != "$(whose "$new")" ]; then
  echo "fault: $dir holds a trial of another site or web user that has not ended: sh $dir/trial.sh status"
  exit 1
fi
systemctl stop "$unit" 2>/dev/null
# Files that somebody else had changed and an earlier trial kept stay here.
if [ -d "$dir" ]; then
  for f in "$dir"/aside.*; do [ -e "$f" ] && mv -f "$f" "$new/"; done
  rm -rf -- "$dir"
fi
mv -T "$new" "$dir" || { echo "fault: cannot create $dir"; exit 1; }
# The probe in the web SAPI answers only a token whose hash lies here.
run=$base/run
printf '%s\n' "$token" >"$run/.trial.$$" && chmod 0644 "$run/.trial.$$" && mv -fT "$run/.trial.$$" "$run/web-token-$(printf %.12s "$token")" || exit 1
sh "$dir/trial.sh" extend "$seconds" || exit 1
sync -f "$dir" 2>/dev/null || sync
sed -e "s|@@DIR@@|$dir|g" -e "s|@@SITE@@|$site|g" "$dir/trial.service" >"/etc/systemd/system/.$unit.new" && chmod 0644 "/etc/systemd/system/.$unit.new" &&
  mv -fT "/etc/systemd/system/.$unit.new" "/etc/systemd/system/$unit" || { rm -f -- "/etc/systemd/system/.$unit.new"; echo "fault: the unit cannot be written to /etc/systemd/system"; exit 1; }
sync -f /etc/systemd/system 2>/dev/null || sync
systemctl enable -q --no-reload "$unit" && systemctl daemon-reload && systemctl start "$unit" || { echo "fault: systemd rejected the unit: $(systemctl status "$unit" 2>&1 | tail -3)"; sh "$dir/disarm.sh" stop; exit 1; }
tries=0
while [ ! -e "$dir/rehearsal" ] && [ $tries -lt 600 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
cat "$dir/rehearsal" 2>/dev/null || echo "fault: the rehearsal timed out after 1 min: journalctl -u $unit"
if ! grep -qx rehearsed "$dir/rehearsal" 2>/dev/null; then
  sh "$dir/disarm.sh" stop
  exit 1
fi
systemctl is-active -q "$unit" || { echo "fault: $unit does not run"; sh "$dir/disarm.sh" stop; exit 1; }
systemctl is-enabled -q "$unit" || { echo "fault: $unit would not start after a reboot"; sh "$dir/disarm.sh" stop; exit 1; }
