# The parts of trial.sh. Nothing below dataroot is read, written or run as root: always as the web user, by as_user of as-user.sh.
# What a process of the web user prints is bounded, and is used only where it has the form that is expected.
#
# Marks decide: NAME.armed becomes NAME.kept or NAME.reverting by one rename, and the first rename decides; NAME.reverting becomes NAME.reverted.
# They lie beside the MUC file, which all nodes share, and belong to the web user. Where nothing that is on trial is shared (own_mark in conf),
# they lie in this folder and belong to root: the wizard decides on the main node and carries the decision to the others.
#
# What is on trial here: the MUC file (muc in conf, empty where it is not), and the files listed in the folder that `files` in conf names
# (guarded-file.sh). A file of this node is restored by this node; a shared one by the node that takes the claim.

. "$kit/sh/root-php.sh"
. "$kit/sh/guarded-file.sh"

# The web user can change the file and remove the marks again and again, so that there is always more to do. What root keeps and reloads
# because of that has an end; the file itself is restored as often as it takes.
most_reloads=10
most_log=1048576
# How often a service is asked again to accept a configuration that was restored.
most_refusals=30

say() {
  [ "$(stat -c %s "$here/log" 2>/dev/null || echo 0)" -ge "$most_log" ] || printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$here/log"
  printf '%s\n' "$*"
}
say_once() {
  [ "${said:-}" = "$*" ] || say "$*"
  said=$*
}

# Marks are moved by their owner.
with_marks() {
  if [ -n "${own_mark:-}" ]; then "$@" </dev/null 2>/dev/null; else as_user -o 100 "$@"; fi
}

mark() { # kept, reverted, reverting, armed, none or unreachable
  found=$(with_marks sh -c '
    for m in kept reverted reverting armed; do [ -e "$1.$m" ] && { echo "$m"; exit; }; done
    [ -w "$(dirname "$1")" ] && echo none || echo unreachable' sh "$marks")
  case $found in
  kept | reverted | reverting | armed | none) echo "$found" ;;
  *) echo unreachable ;;
  esac
}

# At most one of those who try succeeds. Over NFS a rename that was done may be reported as failed: then nobody has the claim, the mark stays
# at "reverting", and after 30 looks every node does the work (tick); restoring twice gives the same file.
claim() {
  if [ "$1" = armed ]; then with_marks mv -T -- "$marks.armed" "$marks.reverting"
  else with_marks sh -c 'set -C; : >"$1.reverting"' sh "$marks"; fi
}

# The hash of the live MUC file, as guard_hash gives it.
live_hash() { guard_hash "$user" "$muc"; }

uptime_now() { cut -d. -f1 /proc/uptime; }
boot_now() { cat /proc/sys/kernel/random/boot_id; }

set_deadline() { # seconds from now: by the running clock, and by the wall clock for after a start
  printf '%s %s %s\n' "$(boot_now)" "$(($(uptime_now) + $1))" "$(($(date +%s) + $1))" >"$here/deadline.$$" || return 1
  sync -d "$here/deadline.$$" 2>/dev/null || sync
  mv -f "$here/deadline.$$" "$here/deadline"
}
seconds_left() {
  read -r boot up wall <"$here/deadline" && [ -n "$wall" ] || return 1
  if [ "$boot" = "$(boot_now)" ]; then echo $((up - $(uptime_now))); else echo $((wall - $(date +%s))); fi
}
# An end that cannot be read has passed: better a rollback than a trial without end.
due() {
  left=$(seconds_left 2>/dev/null)
  [ "${left:-0}" -le 0 ] 2>/dev/null
}

# Restores the MUC file.
restore() {
  want=${before:-none}
  [ "$(live_hash)" = "$want" ] && return 0
  # Read under the lock: what a writer of Moodle saves while it is waited for is kept too.
  lock_muc
  now=$(live_hash)
  [ "$now" = "$want" ] && { unlock_muc; return 0; }
  case " none other $ours " in
  *" ${now:-none} "*) ;;
  # Somebody has changed the file since: what they made is kept, not lost.
  # Where it cannot be kept (a full disk) the file is restored all the same: rights taken away since must not come to life again.
  *) say "$(guard_aside "$here" "$user" "$muc" "$now")" ;;
  esac
  if [ -z "$before" ]; then
    as_user rm -f -- "$muc"
  else
    guard_write_as "$user" "$muc" "$mode" <"$here/before.php"
  fi
  unlock_muc
  [ "$(live_hash)" = "$want" ] && say "restored: $muc"
}

# Says each line, once in a row.
say_lines() { while IFS= read -r said_line; do say_once "$said_line"; done; }

# Restores the other files, of this node (root) or of all nodes (shared). What somebody else made of them is kept, and restored over: the site may be lost.
restore_files() { # root|shared
  [ -n "${files:-}" ] || return 0
  guard_restore "$files" "$1" "$here" >"$here/said" 2>&1
  restored=$?
  # Shared files belong to the web user, who can change them again and again: no service follows them.
  [ "$1" = shared ] || ! grep -q '^restored: ' "$here/said" || taken_up=
  say_lines <"$here/said"
  return $restored
}

# The services of this node read the restored files. Asked again for a minute; then it is on record, and the trial comes to its end.
take_up() {
  [ -n "${files:-}" ] && [ -z "${taken_up:-}" ] || return 0
  guard_afterwards "$files" >"$here/said" 2>&1
  accepted=$?
  say_lines <"$here/said"
  refusals=$((${refusals:-0} + 1))
  [ $accepted -eq 0 ] || [ $refusals -ge $most_refusals ] || return 1
  if [ $accepted -eq 0 ]; then rm -f -- "$here/refused"; else grep ' failed' "$here/said" >"$here/refused"; fi
  taken_up=1
}

# All of that for the files of this node.
restore_here() { restore_files root && take_up; }

# Moodle's own lock for writing the file. It has no age limit in Moodle, so a rollback does not wait for a writer that died.
lock_muc() {
  locked=''
  tries=0
  while [ $tries -lt 50 ]; do
    as_user sh -c 'set -C; : >"$1"' sh "$lock" && {
      locked=1
      trap 'unlock_muc; exit 143' HUP INT TERM
      return
    }
    tries=$((tries + 1))
    sleep 0.1
  done
  say "Moodle's lock $lock is still held; not waiting any longer"
}
unlock_muc() {
  [ -z "$locked" ] || as_user rm -f -- "$lock"
  locked=''
  trap - HUP INT TERM
}

# One question to the bridge: as the web user in CLI, or through a pool's socket. Prints the answer's JSON.
ask() { # cli|web REQUEST
  case $1 in
  cli) as_user -i -t 300 -o 1048576 "$php" -d display_errors=stderr -d opcache.enable_cli=0 -d apc.enable_cli=1 -d max_input_vars=5000 "$kit/bridge/bridge.php" ;;
  web) root_php 300 "${alone:-$php}" "${alone:+-n}" -d display_errors=stderr "$kit/bridge/fcgi-call.php" ;;
  esac <"$here/requests/$2" 2>/dev/null | head -c 1048576 | sed -n "s/^$marker\(.*\)$marker\$/\1/p"
}
field() { sed -n "s/.*\"$1\":\"\([0-9a-z]*\)\".*/\1/p"; }

# What this node reads from disk: the restored file, or what somebody has made of it since; not one of the trial's (a network file system may lag).
reads_back() {
  # No hash: there is no file, as it should be, or PHP could not be asked, which tells nothing.
  [ -n "$1" ] || { [ -z "$before" ] && [ -n "$cli" ]; return; }
  case " $ours " in *" ${1:-none} "*) [ "$1" = "$before" ] ;; esac
}

# These units may serve other sites too. Counted beside the log, so that a restart of the unit counts on.
reload_pools() {
  reloads=$(wc -l <"$here/reloads" 2>/dev/null) || reloads=0
  if [ "$reloads" -ge "$most_reloads" ]; then
    say_once "PHP was reloaded $most_reloads times in this trial and is not reloaded again"
    return 0
  fi
  echo x >>"$here/reloads" || return 0
  for unit in $fpm; do systemctl reload "$unit" && say "reloaded $unit"; done
}

# Waits until every PHP here runs the file that is on disk; a pool that cannot be asked is reloaded.
converge_here() {
  tries=0
  while [ $tries -lt 90 ]; do
    cli=$(ask cli converge.json)
    disk=$(printf '%s' "$cli" | field diskHash)
    reads_back "$disk" && break
    tries=$((tries + 1))
    sleep 1
  done
  runs=$(printf '%s' "$cli" | field runsHash)
  if [ -n "$reload" ] && [ -z "${reloaded:-}" ]; then
    reloaded=1
    reload_pools
  fi
  for request in "$here"/requests/converge-web-*.json; do
    [ -e "$request" ] || continue
    web=$(ask web "$(basename "$request")")
    [ "$(printf '%s' "$web" | field runsHash)" = "$runs" ] && [ -n "$runs" ] && continue
    reload_pools
    break
  done
  if reads_back "$disk"; then say "this node runs the restored file"; else say "this node does not read the restored file from disk yet"; fi
}

# Old content in what becomes live again would be served: old settings, even rights taken away since. own: what only this node has; all: the shared ones too.
empty_here() {
  empty_one cli empty-own.json
  for request in "$here"/requests/empty-web-*.json; do [ -e "$request" ] && empty_one web "$(basename "$request")"; done
  [ "$1" = own ] || empty_one cli empty-shared.json
}
empty_one() {
  [ -e "$here/requests/$2" ] || return 0
  answer=$(ask "$1" "$2")
  case $answer in
  *'"code":"failed"'* | *'"code":"flush"'*) owe "$2" ;;
  *'"ok":true'*) ;;
  *) owe "$2" ;;
  esac
}
owe() {
  grep -qx "$1" "$here/owed" 2>/dev/null || printf '%s\n' "$1" >>"$here/owed"
  say "could not empty all of $1: a purge is pending"
}

# shellcheck disable=SC2086
drain_here() { sh "$kit/sh/drain.sh" 30 "$user" "$dirroot" $drain >/dev/null 2>&1 || say "requests or tasks from before the rollback may still run here"; }

# What an automatic rollback will need, tried for real, without touching the live files.
rehearse() {
  faults=0
  fault() { printf 'fault: %s\n' "$*"; faults=$((faults + 1)); }
  if [ -n "${files:-}" ]; then
    guard_rehearse "$files" >"$here/said" 2>&1
    while IFS= read -r line; do fault "$line"; done <"$here/said"
  fi
  [ "$(mark)" = armed ] || fault "the mark $marks.armed is not seen here: is the data folder the same as on the main node?"
  [ -z "$muc" ] || rehearse_muc
  [ $faults -eq 0 ] && echo rehearsed
  [ $faults -eq 0 ]
}
rehearse_muc() {
  if [ -n "$before" ]; then
    [ "$(sha256sum <"$here/before.php" | cut -c1-64)" = "$before" ] || fault "the kept copy $here/before.php does not match its checksum"
  fi
  now=$(live_hash)
  case " ${before:-none} ${ours:-none} " in *" ${now:-none} "*) ;; *) fault "the web user $user does not read the expected file at $muc" ;; esac
  try=$marks.rehearsal.$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  as_user -i sh -c 'set -C; umask 077; cat >"$1" && mv -T "$1" "$1.2" && rm -f "$1.2"' sh "$try" <"$here/before.php" || fault "the web user $user cannot write beside $muc"
  as_user sh -c '[ -w "$(dirname "$1")" ] || { [ ! -e "$(dirname "$1")" ] && [ -w "$(dirname "$(dirname "$1")")" ]; }' sh "$lock" || fault "Moodle's lock $lock cannot be made"
  cli=$(ask cli converge.json)
  runs=$(printf '%s' "$cli" | field runsHash)
  [ -n "$runs" ] || fault "PHP on the command line ($php) cannot read the file: $(printf %s "$cli" | printable)"
  for request in "$here"/requests/converge-web-*.json; do
    [ -e "$request" ] || continue
    web=$(ask web "$(basename "$request")")
    [ -n "$(printf '%s' "$web" | field runsHash)" ] || fault "the pool of $(basename "$request" .json) cannot be checked: $(printf %s "$web" | printable)"
  done
  for unit in $fpm; do systemctl is-active -q "$unit" || fault "$unit does not run"; done
}

# The end: what came of it stays, the unit and everything secret go.
finish() {
  {
    printf 'result=%s\n' "$1"
    printf 'at=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    [ ! -s "$here/owed" ] || printf 'owed=%s\n' "$(tr '\n' ' ' <"$here/owed")"
    [ ! -s "$here/refused" ] || sed 's/^/refused=/' "$here/refused"
    for f in "$here"/aside.*; do [ -e "$f" ] && printf 'aside=%s\n' "$f"; done
  } >"$here/result.new"
  sync -d "$here/result.new" 2>/dev/null || sync
  mv -f "$here/result.new" "$here/result"
  say "$1"
  sh "$here/disarm.sh"
}

report() {
  printf 'id=%s\n' "$id"
  printf 'mark=%s\n' "$(mark)"
  [ ! -e "$here/deadline" ] || printf 'left=%s\n' "$(seconds_left)"
  [ ! -e "$here/rehearsal" ] || grep -qx rehearsed "$here/rehearsal" && echo 'rehearsed=yes' || echo 'rehearsed=no'
  [ ! -e "$here/confirmed" ] || echo 'confirmed=yes'
  [ ! -e "$here/result" ] || cat "$here/result"
}
