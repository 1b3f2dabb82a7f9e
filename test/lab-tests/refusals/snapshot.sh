# Prints everything on a host that a run which was refused must have left alone, one finding a line. Takes no argument, changes nothing.
tree() { # path: every file below with owner, mode and content, every folder with owner and mode, every link with its target
  [ -e "$1" ] || { echo "absent $1"; return; }
  find "$1" \( -type d -o -type l -o -type f \) -printf '%p %y %u:%g %m %l\n' | sort
  find "$1" -type f -exec sha256sum {} + | sort -k 2
}

echo '# cache configuration'
[ -d /mnt/moodledata ] && find /mnt/moodledata/muc /mnt/moodledata/cache/filelocks /srv/muc -maxdepth 1 -printf '%p %y %u:%g %m\n' 2>/dev/null | sort
[ -f /mnt/moodledata/muc/config.php ] && sha256sum /mnt/moodledata/muc/config.php
[ -d /mnt/moodledata ] && find /mnt/moodledata -maxdepth 1 -printf '%p %y %u:%g %m\n' | sort
echo '# Moodle code'
[ -f /var/www/moodle/config.php ] && sha256sum /var/www/moodle/config.php
echo '# packages'
sha256sum /var/lib/dpkg/status
echo '# settings'
tree /etc/moodle-cluster-wizard
tree /etc/systemd
tree /etc/php
tree /etc/nginx
tree /etc/sudoers.d
tree /root/.ssh
tree /home/deploy/.ssh
echo '# records, without the kit and the folder of runs'
[ -d /var/lib/moodle-cluster-wizard ] && find /var/lib/moodle-cluster-wizard -mindepth 1 -path '*/kit' -prune -o -path '*/run' -prune -o -print | sort
[ -d /var/lib/moodle-cluster-wizard/run ] && find /var/lib/moodle-cluster-wizard/run -mindepth 1 | sort
echo '# services'
for unit in php8.2-fpm php7.4-fpm nginx redis-server memcached; do
  systemctl show -p Id -p ActiveState -p MainPID -p ExecMainStartTimestampMonotonic "$unit" | tr '\n' ' '
  echo
done
systemctl list-units --all --no-legend --plain 'moodle-*' 'mcw-*'
systemctl list-unit-files --no-legend 'moodle-*' 'mcw-*'
echo '# processes of the wizard'
for dir in /proc/[0-9]*; do
  tr '\0' ' ' < "$dir/cmdline" 2>/dev/null | grep -E 'moodle-cluster-wizard|mcw-' | cut -c 1-200
done
echo '# temporary files'
ls -A /tmp /var/tmp | grep -v '^systemd-private' || true
