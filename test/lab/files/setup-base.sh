# Runs inside a fresh Debian tree: what every host of the lab has.
set -eu
echo "deb $APT_URL $SUITE main" > /etc/apt/sources.list
rm -f /etc/apt/sources.list.d/*
# The hosts live in memory for a short while; waiting for a disk would only cost time.
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/lab
cat > /etc/apt/apt.conf.d/90lab <<'CONF'
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
CONF
apt-get update -q
useradd --uid 1000 --create-home --shell /bin/bash deploy
useradd --uid 1001 --create-home --shell /bin/bash --groups sudo deploypw
echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy
chmod 440 /etc/sudoers.d/deploy
# Each lab makes its own host keys.
rm -f /etc/ssh/ssh_host_* /etc/machine-id
: > /etc/machine-id
sed -i 's/^#\?UseDNS.*/UseDNS no/' /etc/ssh/sshd_config
# Nothing may take apt's lock or the processor behind a test's back; what only hardware needs would cost time at each start.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
  console-getty.service getty.target systemd-networkd.service systemd-resolved.service systemd-timesyncd.service \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount kmod-static-nodes.service \
  systemd-modules-load.service modprobe@.service systemd-journal-flush.service systemd-remount-fs.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
echo UTC > /etc/timezone
