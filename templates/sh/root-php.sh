# How root starts PHP on the command line, and which programs it starts at all. To be sourced; needs nothing of its own.
# The same options stand in templates/survey/lib/php.php and src/moodle/root-php.ts.

# usage: root_php SECONDS PHP ALONE ARGUMENT…      ALONE is -n where PHP can do without php.ini and extensions, else empty
root_php() {
  root_php_limit=$1 root_php_program=$2 root_php_alone=$3
  shift 3
  if [ -n "$root_php_alone" ]; then
    timeout -k 5 "$root_php_limit" "$root_php_program" -n "$@"
  else
    # Nothing that others can write is run in it: no cache of compiled code, no preloading, no file put before or behind. Its memory has a limit, which the
    # php.ini of the command line often lifts (-n has 128M).
    timeout -k 5 "$root_php_limit" "$root_php_program" -d opcache.enable_cli=0 -d opcache.file_cache= -d opcache.preload= -d ffi.preload= \
      -d auto_prepend_file= -d auto_append_file= -d open_basedir= -d memory_limit=256M "$@"
  fi
}

# usage: trusted_program PATH      prints its real path when root alone can change it and every folder above it, by its name and for real
trusted_program() (
  real=$(readlink -e -- "$1") && [ -f "$real" ] && [ -x "$real" ] || exit 1
  names=$(cd -P -- "$(dirname -- "$1")" && pwd -P) || exit 1
  set -- /
  for at in "$real" "$names"; do
    while [ -n "$at" ]; do
      set -- "$@" "$at"
      at=${at%/*}
    done
  done
  facts=$(stat -c '%u %g %a' -- "$@") || exit 1
  while read -r uid gid mode; do
    [ "$uid" = 0 ] || exit 1
    case $mode in
    *[2367]) exit 1 ;;
    *[2367]?) [ "$gid" = 0 ] || exit 1 ;;
    esac
  done <<END
$facts
END
  printf '%s\n' "$real"
)
