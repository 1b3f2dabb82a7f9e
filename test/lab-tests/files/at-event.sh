#!/bin/bash
# Runs the wizard and, once, a command at the first line of its event stream that matches; $WIZARD is the wizard's process.
# The stream is a pipe: the command runs while the wizard is in its next step.
# usage: at-event.sh PATTERN COMMAND ARG…      the events go to /root/events.jsonl, its words to /root/words
pattern=$1 command=$2
shift 2
pipe=$(mktemp -u /run/at-event.XXXXXXXX)
mkfifo -m 600 "$pipe"
: >/root/events.jsonl
moodle-cluster-wizard "$@" --ndjson >"$pipe" 2>/root/words &
export WIZARD=$!
done=
while IFS= read -r line; do
  printf '%s\n' "$line" >>/root/events.jsonl
  if [ -z "$done" ] && [[ $line =~ $pattern ]]; then
    done=1
    eval "$command"
  fi
done <"$pipe"
rm -f "$pipe"
wait "$WIZARD" 2>/dev/null
rc=$?
[ -n "$done" ] || { echo "no event matched $pattern" >&2; exit 99; }
exit "$rc"
