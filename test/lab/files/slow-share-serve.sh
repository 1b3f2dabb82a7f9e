# On main: gives the data folder out over SSH as the web user, under another path. Standard input: the public key that may mount it.
set -eu
mkdir -p /srv/moodledata /var/www/.ssh
if ! mountpoint -q /srv/moodledata; then
  mount --bind /mnt/moodledata /srv/moodledata
  # Else what is mounted over the folder later would appear here too, and the share would serve itself.
  mount --make-private /srv/moodledata
fi
usermod -s /bin/sh www-data
cat > /var/www/.ssh/authorized_keys
chown -R www-data:www-data /var/www/.ssh
chmod 700 /var/www/.ssh
chmod 600 /var/www/.ssh/authorized_keys
