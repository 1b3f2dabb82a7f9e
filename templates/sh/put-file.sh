# Writes a file whole or not at all. Arguments: path, octal mode, owner, group. Standard input: a line with the content's
# SHA-256 (of a secret, so it must not be in the process list), then the content.
# Refuses a folder that users other than root can write to: they could replace the file.
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
  facts=$(stat -c '%u %a' -- "$at") || fail "cannot read the folder $at" 65
  [ "${facts%% *}" = 0 ] || fail "the folder $at is not owned by root" 66
  # Writable for group or others: the last two digits have a 2 in them. Root's own group is root.
  case ${facts##* } in
    *[2367]) fail "all users can write to the folder $at" 66 ;;
    *[2367]?) [ "$(stat -c %g -- "$at")" = 0 ] || fail "its group can write to the folder $at" 66 ;;
  esac
  [ "$at" = / ] && break
  at=$(dirname -- "$at")
done

target=$real/$name
[ -L "$target" ] && fail "$target is a symbolic link" 67
[ -e "$target" ] && [ ! -f "$target" ] && fail "$target is not a regular file" 67

new=$(mktemp "$real/.mcw.XXXXXXXXXX") || fail "cannot create a file in $real" 68
trap 'rm -f -- "$new"' EXIT
trap 'exit 143' HUP INT TERM
IFS= read -r sum || :
cat >"$new" || fail "cannot write the content to $real (disk full?)" 68
got=$(sha256sum <"$new")
[ "${got%% *}" = "$sum" ] || fail "the content is incomplete; $target is unchanged" 69
chown -- "$owner:$group" "$new" || fail "cannot set the owner $owner:$group of $target" 70
chmod -- "$mode" "$new" || fail "cannot set the mode $mode of $target" 70
if command -v restorecon >/dev/null 2>&1 && [ -e /sys/fs/selinux/enforce ]; then
  # The context belongs to the final name, and must be there before the name is.
  context=$(matchpathcon -n "$target" 2>/dev/null) && [ "$context" != '<<none>>' ] && chcon "$context" "$new"
fi
sync -- "$new" 2>/dev/null || sync
mv -fT -- "$new" "$target" || fail "cannot rename the new file to $target" 71
sync -- "$real" 2>/dev/null || sync
trap - EXIT
exit 0
