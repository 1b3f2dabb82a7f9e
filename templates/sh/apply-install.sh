#!/bin/sh
# Installs packages; a new unit that must not run is neither started nor enabled.
# usage: apply-install.sh apt|dnf UNITS PACKAGE…      UNITS: names with commas between, or -
set -u
manager=$1 units=$2
shift 2
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
# Ubuntu's needrestart would restart unrelated services.
DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
export PATH LC_ALL DEBIAN_FRONTEND NEEDRESTART_SUSPEND
fresh=''
if [ "$units" != - ] && [ -d /run/systemd/system ]; then
  for unit in $(printf %s "$units" | tr ',' ' '); do
    # An existing unit belongs to somebody else: it is not changed.
    systemctl cat "$unit" >/dev/null 2>&1 && continue
    # For this boot only: if this script is killed, the mask ends with the next start.
    systemctl mask --runtime --quiet "$unit" 2>/dev/null && fresh="$fresh $unit"
  done
fi
# --no-remove: the simulation showed no removal; if that has changed since, stop.
apt_install() {
  apt-get -y -q --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install -- "$@"
}
case $manager in
apt)
  # The output of apt is shown immediately (4), and kept to be searched; without space for it there is one attempt. Its exit code is on 3.
  said=$(mktemp) || said=/dev/null
  exec 4>&1
  for pause in 5 15 30 60 0; do
    rc=$({ { apt_install "$@" 3>&- 4>&-; echo "$?" >&3; } 2>&1 | tee "$said" >&4; } 3>&1)
    # A package source that is unreachable for a moment: nothing has been unpacked yet, and apt itself gives up on a host at once.
    if [ "$rc" -eq 0 ] || [ "$pause" -eq 0 ] || ! grep -q '^E: Failed to fetch' "$said"; then break; fi
    echo "retrying in $pause s"
    sleep "$pause"
  done
  [ "$said" = /dev/null ] || rm -f "$said"
  ;;
dnf)
  dnf -y -q --setopt=install_weak_deps=False install -- "$@"
  rc=$?
  ;;
*)
  echo "unknown package manager $manager" >&2
  rc=64
  ;;
esac
for unit in $fresh; do
  systemctl unmask --runtime --quiet "$unit" 2>/dev/null
  # Debian records what an administrator has disabled; without it the next upgrade of the package would start the unit.
  if command -v deb-systemd-helper >/dev/null 2>&1; then
    DPKG_MAINTSCRIPT_PACKAGE=moodle-cluster-wizard deb-systemd-helper enable "$unit" >/dev/null 2>&1
  fi
  systemctl disable --quiet "$unit" >/dev/null 2>&1
  if systemctl is-active --quiet "$unit"; then systemctl stop "$unit"; fi
  echo "kept disabled: $unit (the \"masked\" messages above are expected)"
done
exit "$rc"
