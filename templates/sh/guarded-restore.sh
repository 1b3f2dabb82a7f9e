#!/bin/sh
# Restores the configuration files of one run on this node, and reloads their services. Needs nothing but this folder: no wizard, no network.
# usage, as root: restore.sh [--force]      --force: also what somebody else has changed since; their version is kept as aside.* in this folder
# Exit code: 0 done, 1 a file could not be restored, 2 restored but a service does not accept its configuration, 3 some were left as they are.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 077
[ "$(id -u)" = 0 ] || { echo "Run this as root." >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
[ -e "$here/guarded" ] || exit 0
. "$here/as-user.sh"
. "$here/guarded-file.sh"
aside=
[ "${1:-}" != --force ] || aside=$here
code=0
guard_restore "$here" all "$aside" || code=1
guard_afterwards "$here" || [ $code -ne 0 ] || code=2
[ $code -ne 0 ] || [ ! -s "$here/left" ] || code=3
exit $code
