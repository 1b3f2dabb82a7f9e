# An interactive root shell in a terminal of its own, as an administrator has one: types a command, waits for its end, lets what was typed
# by others come to effect, and prints all that reached the screen. Arguments: seconds to wait, the command.
set -u
seconds=$1 command=$2
screen=$(mktemp)
{
  sleep 0.5
  printf '%s; echo MCW-$((1 + 1))-DONE $?\n' "$command"
  tries=0
  until grep -q 'MCW-2-DONE' "$screen" || [ $tries -ge $((seconds * 5)) ]; do sleep 0.2; tries=$((tries + 1)); done
  sleep 1
  printf 'exit 0\n'
  sleep 0.2
} | TERM=dumb CANARY=C4N4RY-of-root script -qefc 'bash --norc --noprofile -i' "$screen" >/dev/null 2>&1
cat "$screen"
rm -f -- "$screen"
