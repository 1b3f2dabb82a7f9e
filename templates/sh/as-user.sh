# The one way in which root starts a program as another user. Sourced, or copied into a script that must stand alone; POSIX sh.
#
# The program is not trusted: it may be Moodle's PHP, and an attacker may control the web user. So it gets
#   no terminal:    a session of its own, begun before the user is changed, and its output through a pipe;
#   no environment: PATH, LC_ALL and HOME, cleared before the user is changed, because /proc shows what a process began with;
#   no keys:        a session keyring of its own, empty: the kernel passes the caller's on over a change of user, with the right to read what is in it;
#   no open files:  standard input is empty unless content is sent on purpose, everything above standard error is closed;
#   no time without end: a limit that root enforces on all of its processes, and a reader that does not wait for those it leaves behind.
# Its rights are those of the user everywhere else: sudo and other setuid programs still work, since a config.php may need them.
#
# Numeric ids and --groups, and setsid without --wait: setpriv of util-linux 2.23 (RHEL 7) knows neither names nor --init-groups, its setsid no
# --wait. setsid never needs to fork here, because a child of `timeout` leads no process group.

AS_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Finds the ids of a user and the program that changes to it. Says what is missing, and fails, before anything is started.
find_user() { # NAME
  as_name=$1
  as_uid=$(PATH=$AS_PATH id -u -- "$as_name" 2>/dev/null) && as_gid=$(PATH=$AS_PATH id -g -- "$as_name") && as_groups=$(PATH=$AS_PATH id -G -- "$as_name") || {
    echo "The user $as_name does not exist on this machine." >&2
    return 1
  }
  as_groups=$(printf %s "$as_groups" | PATH=$AS_PATH tr ' ' ',')
  as_home=$(PATH=$AS_PATH getent passwd "$as_name" 2>/dev/null | PATH=$AS_PATH cut -d: -f6)
  for as_tool in setsid timeout; do
    PATH=$AS_PATH command -v "$as_tool" >/dev/null 2>&1 || {
      echo "Cannot become $as_name safely: $as_tool is missing. Install util-linux and coreutils." >&2
      return 1
    }
  done
  find_keys
  case $(PATH=$AS_PATH setpriv --help 2>/dev/null) in
  *--groups*)
    as_how=setpriv
    # A setpriv that knows fewer capabilities than the kernel refuses this.
    if PATH=$AS_PATH setpriv --inh-caps=-all true >/dev/null 2>&1; then as_caps=--inh-caps=-all; else as_caps=; fi
    ;;
  *)
    as_how=
    for as_tool in runuser su; do
      if PATH=$AS_PATH command -v "$as_tool" >/dev/null 2>&1; then as_how=$as_tool; break; fi
    done
    [ -n "$as_how" ] || {
      echo "Cannot become $as_name: setpriv, runuser and su are missing. Install util-linux." >&2
      return 1
    }
    ;;
  esac
}

# What can begin a new session keyring: as_keys is empty where nothing can. No program for that is on every system, but one of these languages is:
# perl belongs to the base of Debian and Ubuntu, Python to that of RHEL (yum and dnf need it).
find_keys() {
  as_keys=
  case $(PATH=$AS_PATH uname -m 2>/dev/null) in
  x86_64) as_keyctl=250 ;;
  aarch64 | riscv64) as_keyctl=219 ;;
  ppc64le) as_keyctl=271 ;;
  s390x) as_keyctl=280 ;;
  *) return 0 ;;
  esac
  for as_tool in perl /usr/libexec/platform-python python3 python; do
    if PATH=$AS_PATH command -v "$as_tool" >/dev/null 2>&1; then as_keys=$as_tool; return 0; fi
  done
}

# Becomes the command, run as the user that was found: replaces this shell. Standard input and output are the caller's: never a terminal.
exec_as_found() { # SECONDS COMMAND…
  as_limit=$1
  shift
  case $as_how in
  setpriv) set -- setpriv --reuid="$as_uid" --regid="$as_gid" --groups="$as_groups" $as_caps -- "$@" ;;
  # These go through PAM, which may add to the environment.
  runuser) set -- runuser -u "$as_name" -- env -i PATH="$AS_PATH" LC_ALL=C HOME="${as_home:-/}" "$@" ;;
  su) set -- su -s /bin/sh -c 'exec "$0" "$@"' -- "$as_name" env -i PATH="$AS_PATH" LC_ALL=C HOME="${as_home:-/}" "$@" ;;
  esac
  # keyctl(2), join a new keyring (1). A kernel without keys (38) or a container that may not have any (1) has none to pass on.
  case $as_keys in
  '') ;;
  perl)
    set -- perl -e 'my $n = shift; length(pack "L!", 0) < 8 or syscall($n, 1, 0) >= 0 or $! == 38 or $! == 1 or die "no keyring: $!\n";
      exec { $ARGV[0] } @ARGV; exit 127' "$as_keyctl" "$@"
    ;;
  *)
    set -- "$as_keys" -E -s -S -c 'import ctypes, os, signal, sys
for s in signal.SIGPIPE, signal.SIGXFSZ: signal.signal(s, signal.SIG_DFL)
c = ctypes.CDLL(None, use_errno=True)
if ctypes.sizeof(ctypes.c_long) == 8 and c.syscall(int(sys.argv[1]), 1, None) == -1 and ctypes.get_errno() not in (1, 38): sys.exit("no keyring")
os.execvp(sys.argv[2], sys.argv[2:])' "$as_keyctl" "$@"
    ;;
  esac
  # The inner limit ends the whole group of the new session; the outer one passes on a signal, and stays behind in this session.
  set -- timeout -k 10 "$as_limit" setsid timeout -k 5 "$as_limit" "$@"
  # POSIX sh names no descriptor above 9; bash does, where it is there.
  if PATH=$AS_PATH command -v bash >/dev/null 2>&1; then
    set -- bash -c 'for f in /proc/self/fd/*; do f=${f##*/}; [ "$f" -le 2 ] || eval "exec $f>&-"; done; exec "$@"' bash "$@"
  fi
  set -- env -i PATH="$AS_PATH" LC_ALL=C HOME="${as_home:-/}" "$@"
  PATH=$AS_PATH
  exec "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# Runs a command as $user and gives its exit code. Its output comes through a pipe, at most so many bytes of it; what it says on standard
# error is dropped (send it to standard output on purpose where a person needs it, and print it with `printable`).
#   -t SECONDS  limit of time (60)     -o BYTES  limit of output (65536)     -i  it reads this function's standard input, through a pipe
as_user() { # [-t SECONDS] [-o BYTES] [-i] COMMAND…
  as_seconds=60 as_bytes=65536 as_input=
  while :; do
    case $1 in
    -t) as_seconds=$2 && shift 2 ;;
    -o) as_bytes=$2 && shift 2 ;;
    -i) as_input=1 && shift ;;
    *) break ;;
    esac
  done
  [ "${as_found:-}" = "$user" ] || { find_user "$user" && as_found=$user; } || return 126
  # Descriptor 4 is the caller's output, 3 brings the exit code past the pipe. The reader's limit is for a process that outlives the command.
  {
    as_code=$(
      {
        {
          if [ -n "$as_input" ]; then
            timeout -k 1 $((as_seconds + 15)) cat 3>&- 4>&- | (exec_as_found "$as_seconds" "$@") 2>/dev/null
          else
            (exec_as_found "$as_seconds" "$@") </dev/null 2>/dev/null
          fi
          echo "$?" >&3
        } | as_reader 3>&-
      } 3>&1
    )
  } 4>&1
  return "${as_code:-1}"
}

# The end of the pipe. Where the caller sends output to a terminal after all, only plain characters reach it.
as_reader() {
  if [ -t 4 ]; then
    timeout -k 1 $((as_seconds + 20)) head -c "$as_bytes" 4>&- | LC_ALL=C tr -cd '\n -~' >&4 4>&-
  else
    timeout -k 1 $((as_seconds + 20)) head -c "$as_bytes" >&4 4>&-
  fi
}

# What another user's process said, fit for a terminal: one line of plain characters.
printable() { LC_ALL=C tr '\n\t' '  ' | LC_ALL=C tr -cd ' -~' | head -c 400; }
