# Runs inside a layer for Moodle hosts: PHP and nginx as an administrator would set them up.
set -eu
apt-get install -y -q --no-install-recommends nginx-light php-fpm php-cli php-xml php-mbstring php-curl php-zip \
  php-gd php-intl php-pgsql php-soap
version=$(ls /etc/php)
for sapi in cli fpm; do
  cat > "/etc/php/$version/$sapi/conf.d/90-moodle.ini" <<'INI'
max_input_vars = 5000
memory_limit = 256M
upload_max_filesize = 64M
post_max_size = 64M
INI
done
sed -i -e 's/^pm.max_children = .*/pm.max_children = 8/' "/etc/php/$version/fpm/pool.d/www.conf"
cat > /etc/nginx/sites-available/moodle <<NGINX
server {
  listen 80 default_server;
  server_name _;
  root /var/www/moodle;
  index index.php;
  client_max_body_size 64m;
  location / { try_files \$uri \$uri/ =404; }
  location ~ [^/]\.php(/|\$) {
    fastcgi_split_path_info ^(.+?\.php)(/.*)\$;
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
    fastcgi_param PATH_INFO \$fastcgi_path_info;
    fastcgi_read_timeout 120s;
    fastcgi_pass unix:/run/php/php$version-fpm.sock;
  }
}
NGINX
rm -f /etc/nginx/sites-enabled/default
ln -s ../sites-available/moodle /etc/nginx/sites-enabled/moodle
mkdir -p /var/www/moodle /mnt/moodledata
# Moodle's cron is set up, but a lab that changes by itself every minute would be no use: start it when a test needs it.
cat > /etc/systemd/system/moodle-cron.service <<'UNIT'
[Unit]
Description=Moodle's scheduled tasks
[Service]
Type=oneshot
User=www-data
ExecStart=/usr/bin/php /var/www/moodle/admin/cli/cron.php
UNIT
cat > /etc/systemd/system/moodle-cron.timer <<'UNIT'
[Unit]
Description=Moodle's scheduled tasks, every minute
[Timer]
OnCalendar=minutely
[Install]
WantedBy=timers.target
UNIT
