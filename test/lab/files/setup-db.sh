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
rm -f /etc/nginx/sites-enabled/default
