#!/bin/sh
# The way back without the wizard: puts Moodle's cache configuration back as it was before the run @@RUN@@.
# Run it as root on the main node:  sh @@SELF@@
# It needs nothing but a shell: no Node, no network, no working Moodle.
set -u
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

as_user() { if command -v runuser >/dev/null 2>&1; then runuser -u "$user" -- "$@"; else su -s /bin/sh "$user" -c '"$0" "$@"' -- "$@"; fi; }

[ "$(id -u)" = 0 ] || { echo "Run this as root." >&2; exit 1; }
[ -s "$image" ] || { echo "The kept copy $image is missing or empty; nothing was done." >&2; exit 1; }
got=$(sha256sum <"$image")
[ "${got%% *}" = "$sum" ] || { echo "The kept copy $image is not the file it was made of; nothing was done. Another one is in ${image%/*/*}, or in a backup of dataroot." >&2; exit 1; }

# As the web user, so that a planted link can harm nothing that root owns; exclusive create, then one rename.
tmp=$muc.break-glass.$$
if ! as_user sh -c 'set -C; umask 007; cat >"$1" && chmod "$2" "$1" && mv -f "$1" "$3"' -- "$tmp" "$mode" "$muc" <"$image"; then
  echo "Could not write $muc as $user. By hand: cp $image $muc; chown $user $muc" >&2
  exit 1
fi
echo "Put back: $muc"

if [ -n "$unit" ] && systemctl reload "$unit" 2>/dev/null; then echo "Reloaded: $unit"; else echo "Reload PHP on this node by hand: $unit" >&2; fi

# What the default file store kept from before would be served again; Moodle makes it anew.
store=$cachedir/cachestore_file/default_application
if [ -d "$store" ]; then
  as_user mv "$store" "$store.aside.$$" && echo "Emptied: $store (old content in $store.aside.$$, delete it when you like)"
fi
if as_user "$php" "$dirroot/admin/cli/purge_caches.php" >/dev/null 2>&1; then
  echo "Purged: Moodle's caches"
else
  date >"$owed"
  echo "Moodle could not purge its caches; the next run of the wizard will ask for it." >&2
fi
echo "Now reload PHP on every other web node too:  systemctl reload $unit"
