# Installs Moodle once, in name spaces of its own (the network has nothing but this), and keeps what it made.
# In: NODE_LOWERS, DB_LOWERS, CODE (layers too), CONFIG (a config.php), OUT, SCRATCH, DB_PASS, ADMIN_PASS.
# Out: OUT/dataroot, and OUT/pgdata, a layer to lay on the database host.
set -eu
ip link set lo up
mount -t tmpfs -o nr_inodes=0 lab "$SCRATCH"
cd "$SCRATCH"
mkdir db db-upper db-work node node-upper node-work code code-upper code-work dataroot
mount -t overlay overlay -o "lowerdir=$DB_LOWERS,upperdir=db-upper,workdir=db-work" db
mount -t overlay overlay -o "lowerdir=$NODE_LOWERS,upperdir=node-upper,workdir=node-work" node
install -m 640 -o 0 -g 33 "$CONFIG" code-upper/config.php
mount -t overlay overlay -o "lowerdir=$CODE,upperdir=code-upper,workdir=code-work" node/var/www/moodle
chown 33:33 dataroot
chmod 2770 dataroot
mount --bind dataroot node/mnt/moodledata
printf '127.0.0.1 localhost db1 moodle.lab\n' > hosts
for root in db node; do
  mount --rbind /dev $root/dev
  mount -t proc proc $root/proc
  mount --bind hosts $root/etc/hosts
  mkdir -p $root/run
done

version=$(ls db/etc/postgresql)
chroot db pg_ctlcluster "$version" main start
sql() { chroot db runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 "$@"; }
sql -c "CREATE ROLE moodle LOGIN PASSWORD '$DB_PASS'"
sql -c "CREATE DATABASE moodle OWNER moodle ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0"

www() { chroot node setpriv --reuid=33 --regid=33 --clear-groups --no-new-privs -- env HOME=/tmp "$@"; }
if [ -e node/var/www/moodle/admin/cli/install_database.php ]; then
  www php -d opcache.enable_cli=1 -d opcache.validate_timestamps=0 /var/www/moodle/admin/cli/install_database.php --agree-license --lang=en \
    --adminuser=admin --adminpass="$ADMIN_PASS" --adminemail=admin@moodle.lab --fullname='Lab campus' --shortname=lab
fi
# One look at the site makes what its first visitor would otherwise wait for: the cache configuration, style sheets, languages.
echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
www php -d max_input_vars=5000 -d opcache.enable_cli=1 -S 127.0.0.1:80 -t /var/www/moodle > web.log 2>&1 &
sleep 1
chroot node curl -s --retry 5 --retry-connrefused http://moodle.lab/login/index.php -o /tmp/login.html
grep -o 'http://moodle.lab/theme/[^"]*styles[^"]*' node/tmp/login.html | head -1 | sed 's/&amp;/\&/g' |
  xargs -r chroot node curl -s -o /dev/null
[ -s dataroot/muc/config.php ] || { echo "the site's first page made no cache configuration:" >&2; tail -n 20 web.log node/tmp/login.html >&2; exit 1; }

chroot db pg_ctlcluster "$version" main stop -m fast
mkdir -p "$OUT/pgdata/var/lib"
cp -a db/var/lib/postgresql "$OUT/pgdata/var/lib/"
# Sessions of that look are nobody's.
rm -rf dataroot/sessions/*
cp -a dataroot "$OUT/dataroot"
