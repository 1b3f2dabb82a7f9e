# Prints all that the different site keeps in this host's services, in a fixed order, then how they are set up and running.
set -eu
exec 3<>/dev/tcp/127.0.0.1/11211
# The older "stats cachedump" lists only part of what is there.
printf 'lru_crawler metadump all\r\n' >&3
keys=
while read -r line <&3; do
  line=${line%$'\r'}
  [ "$line" = END ] && break
  key=${line#key=}
  keys="$keys ${key%% *}"
done
for key in $(printf '%s\n' $keys | sort); do
  printf 'get %s\r\n' "$key" >&3
  while read -r line <&3; do
    line=${line%$'\r'}
    [ "$line" = END ] && break
    echo "memcached $line"
  done
done
redis-cli --scan | sort | while read -r key; do
  echo "redis $key $(redis-cli type "$key") $(redis-cli pttl "$key") $(redis-cli dump "$key" | sha256sum)"
done
sha256sum /etc/memcached.conf /etc/redis/redis.conf
for unit in memcached redis-server; do
  echo "$unit $(systemctl show -p MainPID -p ActiveState "$unit" | tr '\n' ' ')"
done
