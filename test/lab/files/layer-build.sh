# Builds one layer in a mount namespace of its own, so that nothing stays mounted whatever happens.
# In: LOWERS, UPPER, WORK, ROOT, HOSTS (a hosts file), SETUP (the script to run inside).
set -eu
mount -t overlay overlay -o "lowerdir=$LOWERS,upperdir=$UPPER,workdir=$WORK" "$ROOT"
[ -e "$ROOT/etc/hosts" ] || echo 127.0.0.1 localhost > "$ROOT/etc/hosts"
mount --bind "$HOSTS" "$ROOT/etc/hosts"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
printf '#!/bin/sh\nexit 101\n' > "$ROOT/usr/sbin/policy-rc.d"
chmod 755 "$ROOT/usr/sbin/policy-rc.d"
chroot "$ROOT" sh < "$SETUP"
chroot "$ROOT" apt-get clean
# As on any host that has been in use: else each host of each lab would build it anew.
chroot "$ROOT" apt-cache gencaches
rm "$ROOT/usr/sbin/policy-rc.d"
