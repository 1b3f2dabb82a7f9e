# Puts the sessions of a different site into the services that run on this host.
set -eu
exec 3<>/dev/tcp/127.0.0.1/11211
for i in 1 2 3 4 5; do
  value="MoodleSession|user=$i;site=other.example.org"
  printf 'set memc.sess.key.other%s 0 0 %s\r\n%s\r\n' "$i" "${#value}" "$value" >&3
  read -r answer <&3
  [ "${answer%$'\r'}" = STORED ]
done
for i in 1 2 3 4 5; do
  redis-cli set "PHPREDIS_SESSION:other$i" "USER|id=$i;site=other.example.org" > /dev/null
done
redis-cli hset other:courses 1 algebra 2 botany > /dev/null
redis-cli save > /dev/null
