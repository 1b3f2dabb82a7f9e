#!/bin/sh
# Simulates the installation of each package separately. Changes nothing.
# usage: apply-simulate.sh apt|dnf PACKAGE…      prints "== PACKAGE" and the output of the package manager, for each
set -u
manager=$1
shift
LC_ALL=C
export LC_ALL
for package in "$@"; do
  printf '== %s\n' "$package"
  case $manager in
  apt) apt-get -s -q --no-install-recommends install -- "$package" 2>&1 ;;
  dnf) dnf -q --assumeno --setopt=install_weak_deps=False install -- "$package" 2>&1 ;;
  esac
done
exit 0
