# Keeps one host on: its link is up only while it is, and a reboot from inside starts it again.
# In: SPACE (its network name space); the words that start the container.
while :; do
  ip -n "$SPACE" link set host0 up
  "$@"
  code=$?
  ip -n "$SPACE" link set host0 down
  # systemd-nspawn's way to say that the container asked for a reboot.
  [ "$code" = 133 ] || exit "$code"
done
