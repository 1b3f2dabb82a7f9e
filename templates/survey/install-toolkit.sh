# Installs the node toolkit from a tar on standard input, completely or not at all. Arguments: toolkit hash, sha256 of its SHA256SUMS.
set -u
umask 022
base=/var/lib/moodle-cluster-wizard
hash=$1 sums=$2
fail() { echo "$1" >&2; exit 46; }

[ -L "$base" ] && fail "$base is a symbolic link"
[ -d "$base" ] || mkdir -p -m 0711 "$base" || fail "cannot create $base"
[ "$(stat -c %u "$base")" = 0 ] || fail "$base does not belong to root"
chmod 0711 "$base"
for dir in kit run; do
  [ -d "$base/$dir" ] || mkdir "$base/$dir" 2>/dev/null
  [ "$(stat -c %u "$base/$dir")" = 0 ] && chmod 0755 "$base/$dir" || fail "$base/$dir does not belong to root"
done
for dir in sites before; do
  [ -d "$base/$dir" ] || mkdir "$base/$dir" 2>/dev/null
  [ "$(stat -c %u "$base/$dir")" = 0 ] && chmod 0700 "$base/$dir" || fail "$base/$dir does not belong to root"
done

new=$(mktemp -d "$base/kit/.new.XXXXXXXX") || fail "cannot create a folder in $base/kit"
trap 'rm -rf -- "$new"' EXIT
trap 'exit 143' HUP INT TERM
tar -xf - --no-same-owner --no-same-permissions -C "$new" || fail "cannot unpack the toolkit in $base/kit: is the disk full, or tar missing?"
got=$(sha256sum <"$new/SHA256SUMS")
[ "${got%% *}" = "$sums" ] && (cd "$new" && sha256sum -c --status SHA256SUMS) || fail "the toolkit did not arrive complete"
chmod -R u=rwX,go=rX "$new"
if [ -e /sys/fs/selinux/enforce ]; then
  # PHP of the web SAPI reads the probe and the token's hash: they get the SELinux type of read-only web content.
  chcon -R -t httpd_sys_content_t "$base/kit" "$base/run" 2>/dev/null
fi
sync -f "$new" 2>/dev/null || sync

# A damaged toolkit of the same name is replaced. One that another run installed meanwhile is equal to this one.
[ -e "$base/kit/$hash" ] && mv -T "$base/kit/$hash" "$base/kit/.old.$$" && rm -rf -- "$base/kit/.old.$$"
mv -T "$new" "$base/kit/$hash" || [ -f "$base/kit/$hash/SHA256SUMS" ] || fail "cannot rename the new toolkit to $base/kit/$hash"
# Toolkits of other versions stay: restore points and their printed commands name them.
exit 0
