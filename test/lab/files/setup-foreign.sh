# Runs inside a layer for a cache host on which another site's services run already.
set -eu
apt-get install -y -q --no-install-recommends memcached redis-server
sed -i 's/^-l .*/-l 0.0.0.0/' /etc/memcached.conf
sed -i -e 's/^bind .*/bind 0.0.0.0/' -e 's/^protected-mode .*/protected-mode no/' /etc/redis/redis.conf
cat > /etc/systemd/system/other-site-sessions.service <<'UNIT'
[Unit]
Description=Sessions of a different site, kept in this host's services
After=redis-server.service memcached.service
Requires=redis-server.service memcached.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /usr/local/lib/lab/foreign-fill.sh
[Install]
WantedBy=multi-user.target
UNIT
ln -s ../other-site-sessions.service /etc/systemd/system/multi-user.target.wants/other-site-sessions.service
