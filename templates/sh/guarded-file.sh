# Files whose change can lose the site, such as the configuration of a web server: restored on their node, and reloaded by their service.
# Sourced after as-user.sh; POSIX sh.
#
# A folder of the node record holds the copies of one run: ID and ID.meta (mode, owner, group: see record-keep.sh) for each file that was there, `units`
# with the PHP units of the site, and the list `guarded`, one line a file, fields separated by tabs: ID WRITER AFTER BEFORE OURS PATH
#   WRITER  root, or the web user for a file of the data folder that all nodes share
#   AFTER   what its service must do afterwards: one of the names in guard_test and guard_units, nothing else
#   BEFORE  SHA-256 of the file to restore; - when there was no file
#   OURS    SHA-256 of each content that the run writes, separated by commas; - for none
# Every variable is called guard_*: scripts that source this have an id, a path and hashes of their own.
# Root follows no link, and writes only in folders where nobody else can exchange a name. Files of the web user are read and written as the web user.

guard_tab=$(printf '\t')
# Files of somebody else that one trial keeps: the web user can change its files again and again.
guard_most_aside=5

guard_random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Why root must not write this file; prints nothing when it may.
guard_fault() { # PATH
  guard_at=$(cd -P -- "$(dirname -- "$1")" 2>/dev/null && pwd -P) || { echo "the folder of $1 does not exist"; return 0; }
  while :; do
    guard_facts=$(stat -c '%u %a' -- "$guard_at" 2>/dev/null) || { echo "cannot read the owner of $guard_at"; return 0; }
    [ "${guard_facts%% *}" = 0 ] || { echo "$guard_at belongs to another user than root"; return 0; }
    # Writable for others or the group: the last two digits have a 2 in them. Root's own group is root.
    case ${guard_facts##* } in
    *[2367]) echo "everybody can write to $guard_at"; return 0 ;;
    *[2367]?) [ "$(stat -c %g -- "$guard_at")" = 0 ] || { echo "its group can write to $guard_at"; return 0; } ;;
    esac
    [ "$guard_at" != / ] || return 0
    guard_at=$(dirname -- "$guard_at")
  done
}

# The hash of a file; "none" when its folder can be read and holds no such file, "other" for a link or what is no file; nothing when it is unreachable,
# or where root would have to look into a folder of somebody else.
guard_hash() { # WRITER PATH
  [ "$1" != root ] || [ -z "$(guard_fault "$2")" ] || return 0
  set -- "$1" "$2" '
    if [ -L "$1" ]; then echo other
    elif [ -f "$1" ]; then sha256sum <"$1" | cut -c1-64
    elif [ -e "$1" ]; then echo other
    elif ls -- "$(dirname -- "$1")" >/dev/null 2>&1; then echo none; fi'
  # It becomes part of a name that root writes.
  if [ "$1" = root ]; then sh -c "$3" sh "$2" 2>/dev/null
  else
    user=$1
    as_user -o 200 sh -c "$3" sh "$2"
  fi | grep -xE '[0-9a-f]{64}|none|other'
}

# Writes standard input to a file as the web user: a name nobody can guess, exclusive create, one rename.
guard_write_as() { # USER PATH MODE
  user=$1
  as_user -i sh -c '
    set -C; umask 077
    tmp=$(dirname -- "$1")/.moodle-cluster-wizard-$2
    cat >"$tmp" && chmod "$3" "$tmp" && { sync -d "$tmp" 2>/dev/null || sync; } && mv -fT "$tmp" "$1" || { rm -f "$tmp"; exit 1; }
    sync "$(dirname -- "$1")" 2>/dev/null || sync' \
    sh "$2" "$(guard_random)" "$3"
}

# Makes the file what it was, by one rename; removes it when there was none.
guard_write() { # FOLDER ID WRITER BEFORE PATH
  if [ "$3" != root ]; then
    user=$3
    [ "$4" != - ] || { as_user sh -c 'rm -f -- "$1" && { sync "$(dirname -- "$1")" 2>/dev/null || sync; }' sh "$5"; return; }
    read -r guard_mode guard_rest <"$1/$2.meta" && guard_write_as "$3" "$5" "$guard_mode" <"$1/$2"
    return
  fi
  # Links in the path are followed once: what is checked is where the file is written.
  guard_dir=$(cd -P -- "$(dirname -- "$5")" 2>/dev/null && pwd -P) || { echo "the folder of $5 does not exist"; return 1; }
  guard_target=${guard_dir%/}/$(basename -- "$5")
  guard_why=$(guard_fault "$guard_target")
  [ -z "$guard_why" ] || { echo "cannot write $5 as root: $guard_why"; return 1; }
  if [ "$4" = - ]; then rm -f -- "$guard_target" || return 1
  else
    read -r guard_mode guard_owner guard_group <"$1/$2.meta" || return 1
    guard_new=$(mktemp "${guard_dir%/}/.mcw.XXXXXXXXXX") || return 1
    {
      cat -- "$1/$2" >"$guard_new" && chown -- "$guard_owner:$guard_group" "$guard_new" && chmod -- "$guard_mode" "$guard_new" &&
        guard_context "$guard_new" "$guard_target" && { sync -d "$guard_new" 2>/dev/null || sync; } && mv -fT -- "$guard_new" "$guard_target"
    } || { rm -f -- "$guard_new"; return 1; }
  fi
  sync -- "$guard_dir" 2>/dev/null || sync
}

# SELinux: the context belongs to the final name, and must be there before the name is.
guard_context() { # FILE FINAL-NAME
  [ -e /sys/fs/selinux/enforce ] && command -v matchpathcon >/dev/null 2>&1 || return 0
  guard_label=$(matchpathcon -n "$2" 2>/dev/null) && [ "$guard_label" != '<<none>>' ] && chcon "$guard_label" "$1"
  return 0
}

# Keeps what somebody else made of a file. Where that fails (a full disk) the file is restored all the same.
guard_aside() { # FOLDER WRITER PATH HASH
  if [ "$(find "$1" -maxdepth 1 -name 'aside.*' | wc -l)" -ge "$guard_most_aside" ]; then
    echo "a changed $3 was not kept: $guard_most_aside copies are in $1 already"
  elif { if [ "$2" = root ]; then (umask 077; head -c 16777216 -- "$3" >"$1/aside.$4"); else user=$2; as_user -o 16777216 head -c 16777216 "$3" >"$1/aside.$4"; fi; }; then
    echo "kept $3 as somebody else had changed it: $1/aside.$4"
  else echo "a changed $3 could not be kept in $1"; fi
}

# Restores the files of a list; prints one line for each that it changed or must leave. Safe to run again.
guard_restore() { # FOLDER root|shared|all KEEP-ASIDE-IN      the last empty: what somebody else has changed since stays as it is
  guard_failed=0
  # Nothing is redirected that ends the shell where it fails: a full disk must not stop a rollback.
  rm -f -- "$1/left.new"
  while IFS=$guard_tab read -r guard_id guard_writer guard_after guard_before guard_ours guard_path; do
    case $2/$guard_writer in root/root | all/*) ;; shared/root | root/*) continue ;; esac
    guard_want=$guard_before
    [ "$guard_want" != - ] || guard_want=none
    guard_now=$(guard_hash "$guard_writer" "$guard_path")
    [ "$guard_now" != "$guard_want" ] || continue
    case ,$guard_ours, in
    *",${guard_now:-unreachable},"*) ;;
    *)
      if [ -z "$3" ] && [ -z "$guard_now" ]; then
        # Nobody can say whose content it has, so it is neither restored nor left on purpose.
        echo "could not restore: $guard_path cannot be read, or others can write to its folder"
        guard_failed=1
        continue
      elif [ -z "$3" ]; then
        echo "left as it is, because somebody else has changed it since: $guard_path"
        echo "$guard_id" >>"$1/left.new"
        continue
      fi
      case $guard_now in '' | none | other) ;; *) guard_aside "$3" "$guard_writer" "$guard_path" "$guard_now" ;; esac
      ;;
    esac
    guard_write "$1" "$guard_id" "$guard_writer" "$guard_before" "$guard_path"
    if [ "$(guard_hash "$guard_writer" "$guard_path")" = "$guard_want" ]; then echo "restored: $guard_path"
    else
      echo "could not restore: $guard_path"
      guard_failed=1
    fi
  done <"$1/guarded"
  mv -f -- "$1/left.new" "$1/left" 2>/dev/null || rm -f -- "$1/left"
  return $guard_failed
}

# Does what the services of a list must do afterwards, each once; prints what was done. Fails when a service does not accept its configuration.
guard_afterwards() { # FOLDER
  guard_failed=0 guard_done=
  while IFS=$guard_tab read -r guard_id guard_writer guard_after guard_before guard_ours guard_path; do
    case " $guard_done " in *" $guard_after "*) continue ;; esac
    ! grep -qx "$guard_id" "$1/left" 2>/dev/null || continue
    guard_done="$guard_done $guard_after"
    guard_after "$guard_after" "$(cat "$1/units" 2>/dev/null)" || guard_failed=1
  done <"$1/guarded"
  return $guard_failed
}

# What a service says of its configuration on disk. Programs of the system only, by name; nothing of a list is run.
guard_test() { # AFTER
  case $1 in
  reload-nginx) set -- nginx -t ;;
  reload-apache) if [ -x /usr/sbin/apache2ctl ]; then set -- apache2ctl configtest; else set -- httpd -t; fi ;;
  reload-haproxy) set -- haproxy -c -f /etc/haproxy/haproxy.cfg ;;
  reload-php | nothing) return 0 ;;
  *) echo "unknown action \"$(printf %s "$1" | printable)\""; return 1 ;;
  esac
  guard_says=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout -k 5 60 "$@" </dev/null 2>&1) && return 0
  echo "$* failed: $(printf %s "$guard_says" | printable)"
  return 1
}

guard_units() { # AFTER PHP-UNITS
  case $1 in
  reload-nginx) echo nginx.service ;;
  reload-apache) if [ -x /usr/sbin/apache2ctl ]; then echo apache2.service; else echo httpd.service; fi ;;
  reload-haproxy) echo haproxy.service ;;
  reload-php) echo "$2" ;;
  esac
}

# A service that runs reads its files again; one that failed on the changed file starts again. One that is switched off stays off.
guard_after() { # AFTER PHP-UNITS
  guard_test "$1" || return 1
  guard_code=0
  for guard_unit in $(guard_units "$1" "$2"); do
    if systemctl is-active -q -- "$guard_unit" </dev/null; then guard_verb=reload
    elif systemctl is-enabled -q -- "$guard_unit" </dev/null 2>/dev/null; then guard_verb=restart
    else continue; fi
    if timeout -k 5 120 systemctl "$guard_verb" -- "$guard_unit" </dev/null; then echo "${guard_verb}ed: $guard_unit"
    else
      echo "systemctl $guard_verb $guard_unit failed"
      guard_code=1
    fi
  done
  return $guard_code
}

# What restoring will need, tried without touching the files. Prints one line a fault.
guard_rehearse() { # FOLDER
  while IFS=$guard_tab read -r guard_id guard_writer guard_after guard_before guard_ours guard_path; do
    [ "$guard_before" = - ] || [ "$(sha256sum <"$1/$guard_id" | cut -c1-64)" = "$guard_before" ] || echo "the kept copy of $guard_path does not match its checksum"
    guard_now=$(guard_hash "$guard_writer" "$guard_path")
    guard_want=$guard_before
    [ "$guard_want" != - ] || guard_want=none
    case ,$guard_want,$guard_ours, in *",${guard_now:-unreachable},"*) ;; *) echo "$guard_path is not the expected file" ;; esac
    if [ "$guard_writer" = root ]; then
      guard_why=$(guard_fault "$guard_path")
      if [ -n "$guard_why" ]; then echo "cannot write $guard_path as root: $guard_why"
      else
        guard_dir=$(dirname -- "$guard_path")
        guard_new=$(mktemp "${guard_dir%/}/.mcw.XXXXXXXXXX") && { cat -- "$1/$guard_id" >"$guard_new" 2>/dev/null || [ "$guard_before" = - ]; } || echo "cannot write to $guard_dir"
        rm -f -- "$guard_new"
      fi
    else
      user=$guard_writer
      as_user sh -c 'set -C; tmp=$(dirname -- "$1")/.moodle-cluster-wizard-$2; : >"$tmp" && rm -f -- "$tmp"' sh "$guard_path" "$(guard_random)" || echo "$guard_writer cannot write to the folder of $guard_path"
    fi
    guard_test "$guard_after"
    for guard_unit in $(guard_units "$guard_after" "$(cat "$1/units" 2>/dev/null)"); do systemctl is-active -q -- "$guard_unit" || echo "$guard_unit does not run"; done
  done <"$1/guarded"
}
