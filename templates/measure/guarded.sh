# Runs a probe and takes its folders away when it ends, however it ends: the guard lives in a session of its own and learns of the
# probe's end from the end of its output, so that even SIGKILL to the probe, this shell or the whole group leaves nothing behind.
# Arguments: the folders' own name, their parents (one a line), then the probe's command. Standard input is the probe's. Runs as the web user.
set -u
umask 077
name=$1 parents=$2
shift 2
case $name in .moodle-cluster-wizard-probe-*/* | '') exit 64 ;; .moodle-cluster-wizard-probe-*) ;; *) exit 64 ;; esac

guard='trap "" HUP INT TERM PIPE
cat
set -f
IFS="
"
for parent in $2; do
  # A second time where another node wrote its last file meanwhile.
  for again in 1 2 3; do
    [ -e "$parent/$1" ] || [ -L "$parent/$1" ] || break
    rm -rf -- "$parent/$1" 2>/dev/null || sleep 1
  done
done'
low=
command -v ionice >/dev/null && low='ionice -c 2 -n 7'
# shellcheck disable=SC2086
nice -n 19 $low "$@" | setsid sh -c "$guard" mcw-guard "$name" "$parents"
