#!/bin/sh
# Rollback without the wizard: restores Moodle's cache configuration, and configuration files that were on trial, to what they were before the run @@RUN@@.
# Run it as root on the main node:  sh @@SELF@@
# It needs nothing but a shell: no Node, no network, no working Moodle. Moodle's PHP gets PURGE_SECONDS (600) to empty its caches.
# Exit code: 0 restored, 1 nothing was changed, 2 something was restored but something on this node is left to do, as printed.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
muc=@@MUC@@
image=@@IMAGE@@
sum=@@SUM@@
user=@@USER@@
mode=@@MODE@@
unit=@@UNIT@@
dirroot=@@DIRROOT@@
cachedir=@@CACHEDIR@@
php=@@PHP@@
owed=@@OWED@@
# Restores the configuration files of a node: on this node, and on the others.
restore=@@RESTORE@@
here=@@HERE@@
others=@@OTHERS@@
purge_seconds=${PURGE_SECONDS:-600}

@@ASUSER@@

[ "$(id -u)" = 0 ] || { echo "Run this as root." >&2; exit 1; }
case $purge_seconds in '' | *[!0-9]*) echo "PURGE_SECONDS must be a number of seconds; nothing was done." >&2; exit 1 ;; esac
name=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
code=0

# The configuration files of this node first: with a wrong one the site is down.
restore_here() {
  if [ -e "$restore" ]; then sh "$restore" --force || code=2; else
    echo "The script $restore is missing: restore the configuration files of this node from a backup." >&2
    code=2
  fi
}

# As the web user, so that a planted link can harm nothing that root owns; a name nobody can guess, exclusive create, then one rename.
restore_muc() {
  [ -s "$image" ] || { echo "The kept copy $image is missing or empty; $muc was not restored." >&2; return 1; }
  got=$(sha256sum <"$image")
  [ "${got%% *}" = "$sum" ] || { echo "The kept copy $image does not match its checksum; $muc was not restored. Another one is in ${image%/*/*}, or in a backup of dataroot." >&2; return 1; }
  tmp=${muc%/*}/.moodle-cluster-wizard-$name
  if ! why=$(as_user -i sh -c 'exec 2>&1; set -C; umask 077; { cat >"$1" && chmod "$2" "$1" && { sync -d "$1" 2>/dev/null || sync; } && mv -fT "$1" "$3"; } || { rm -f -- "$1"; exit 1; }
    sync "$(dirname -- "$3")" 2>/dev/null || sync' sh "$tmp" "$mode" "$muc" <"$image"); then
    printf 'Cannot write %s as %s: %s\n' "$muc" "$user" "$(printf %s "$why" | printable)" >&2
    printf 'Check free space, owner and mode of the folder %s, then run this script again. Never copy the file there as root: that follows a planted link.\n' "${muc%/*}" >&2
    return 1
  fi
  echo "Restored: $muc"
}

# Every PHP must run the restored file, and nothing old may be served again.
take_up_muc() {
  if [ -n "$unit" ] && timeout -k 5 120 systemctl reload -- "$unit" </dev/null; then
    echo "Reloaded: $unit"
  else
    code=2
    echo "PHP on this node still runs the old configuration. Reload it:  systemctl reload ${unit:-UNIT}" >&2
  fi
  # What the default file store kept from before would be served again; Moodle recreates it. A link planted in its place is moved, not followed.
  store=$cachedir/cachestore_file/default_application
  if as_user sh -c '[ -e "$1" ] || [ -L "$1" ]' sh "$store"; then
    aside=$store.aside.$name
    if as_user mv -T -- "$store" "$aside"; then echo "Emptied: $store (old content in $aside, delete it when you like)"; else echo "Cannot move $store aside." >&2; fi
  fi
  if as_user -t "$purge_seconds" "$php" "$dirroot/admin/cli/purge_caches.php" >/dev/null; then
    echo "Purged: Moodle's caches"
  else
    date >"$owed"
    echo "Moodle could not purge its caches; the next run of the wizard will purge them." >&2
  fi
}

[ -z "$here" ] || restore_here
if [ -n "$muc" ]; then
  if restore_muc; then take_up_muc
  else
    [ -n "$here" ] && code=2 || code=1
    muc=
  fi
fi
for node in $others; do echo "On $node, as root:  sh $restore --force"; done
[ -z "$muc" ] || echo "Now reload PHP on every other web node too:  systemctl reload ${unit:-UNIT}"
exit $code
