# On a Moodle host: the data folder over SSH instead of the shared one: slow, and locks reach no other host. Standard input: the private key.
set -eu
umask 077
mkdir -p /root/.ssh
cat > /root/.ssh/share
command -v sshfs >/dev/null || apt-get install -y -q --no-install-recommends sshfs >/dev/null
[ -c /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229
grep -q " /mnt/moodledata fuse.sshfs " /proc/mounts && exit 0
sshfs -o allow_other,IdentityFile=/root/.ssh/share,StrictHostKeyChecking=accept-new,reconnect www-data@main:/srv/moodledata /mnt/moodledata </dev/null >/tmp/sshfs.log 2>&1 || { cat /tmp/sshfs.log >&2; exit 1; }
runuser -u www-data -- test -w /mnt/moodledata
