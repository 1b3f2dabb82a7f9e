#!/bin/sh
# Removes exactly the packages named.
# usage: apply-remove.sh apt remove|purge PACKAGE… | apply-remove.sh dnf remove PACKAGE…
set -u
manager=$1 verb=$2
shift 2
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
export PATH LC_ALL DEBIAN_FRONTEND NEEDRESTART_SUSPEND
case $manager in
apt) exec apt-get -y -q --no-auto-remove -o DPkg::Lock::Timeout=120 "$verb" -- "$@" ;;
dnf) exec dnf -y -q --noautoremove remove -- "$@" ;;
*) echo "unknown package manager $manager" >&2; exit 64 ;;
esac
