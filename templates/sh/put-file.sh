# Writes a file whole or not at all. Arguments: path, octal mode, owner, group. Standard input: a line with the content's
# SHA-256 (of a secret, so not for everybody who lists processes), then the content.
# Refuses a folder that anyone but root can write to: there, a name could be exchanged under our hands.
set -u
umask 077
path=$1 mode=$2 owner=$3 group=$4

fail() { echo "$1" >&2; exit "$2"; }

case $path in
  /*) ;;
  *) fail "not an absolute path: $path" 64 ;;
esac
dir=$(dirname -- "$path")
name=$(basename -- "$path")
real=$(cd -P -- "$dir" 2>/dev/null && pwd -P) || fail "the folder $dir does not exist" 65

at=$real
while :; do
  facts=$(stat -c '%u %a' -- "$at") || fail "the folder $at cannot be looked at" 65
  [ "${facts%% *}" = 0 ] || fail "the folder $at belongs to another user than root" 66
  # Writable for group or others: the last two digits have a 2 in them. Root's own group is root.
  case ${facts##* } in
    *[2367]) fail "the folder $at can be written to by everybody" 66 ;;
    *[2367]?) [ "$(stat -c %g -- "$at")" = 0 ] || fail "the folder $at can be written to by its group" 66 ;;
  esac
  [ "$at" = / ] && break
  at=$(dirname -- "$at")
done

target=$real/$name
[ -L "$target" ] && fail "$target is a symbolic link" 67
[ -e "$target" ] && [ ! -f "$target" ] && fail "$target is no plain file" 67

new=$(mktemp "$real/.mcw.XXXXXXXXXX") || fail "no file can be made in $real" 68
trap 'rm -f -- "$new"' EXIT
trap 'exit 143' HUP INT TERM
IFS= read -r sum || :
cat >"$new" || fail "the content could not be written to $real (disk full?)" 68
got=$(sha256sum <"$new")
[ "${got%% *}" = "$sum" ] || fail "the content did not arrive whole; $target is as it was" 69
chown -- "$owner:$group" "$new" || fail "no owner $owner:$group for $target" 70
chmod -- "$mode" "$new" || fail "no mode $mode for $target" 70
if command -v restorecon >/dev/null 2>&1 && [ -e /sys/fs/selinux/enforce ]; then
  # The context belongs to the final name, and must be there before the name is.
  context=$(matchpathcon -n "$target" 2>/dev/null) && [ "$context" != '<<none>>' ] && chcon "$context" "$new"
fi
sync -- "$new" 2>/dev/null || sync
mv -fT -- "$new" "$target" || fail "$target could not be put in place" 71
sync -- "$real" 2>/dev/null || sync
trap - EXIT
exit 0
