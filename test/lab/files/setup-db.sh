# Runs inside a layer for the host with the database and the load balancer.
set -eu
apt-get install -y -q --no-install-recommends postgresql nginx-light
version=$(ls /etc/postgresql)
conf=/etc/postgresql/$version/main
cat > "$conf/conf.d/lab.conf" <<'CONF'
listen_addresses = '*'
max_connections = 300
jit = off
# Nobody needs this data after a power cut of the machine itself.
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
echo 'host all all 10.87.0.0/16 md5' >> "$conf/pg_hba.conf"
# Debian's own starter looks only every second whether the server is there; systemd can be told at once.
mkdir -p "/etc/systemd/system/postgresql@.service.d"
cat > "/etc/systemd/system/postgresql@.service.d/lab.conf" <<UNIT
[Service]
Type=notify
PIDFile=
User=postgres
ExecStart=
ExecStart=/usr/lib/postgresql/$version/bin/postgres -D /var/lib/postgresql/$version/main -c config_file=$conf/postgresql.conf
ExecStop=
KillSignal=SIGINT
ExecReload=
ExecReload=/bin/kill -HUP \$MAINPID
UNIT
rm -f /etc/nginx/sites-enabled/default
