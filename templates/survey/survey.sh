# What is on this node, as marked raw sections; reads only. Runs as root.
# Arguments: toolkit folder, moodle or bare, "guard" where a service of ours may run, then the paths asked for. Standard input: a line with the mark,
# which nobody may know who can choose a name that is printed here (a process, a socket), then the request for moodle-node.php.
set -u
kit=$1 kind=$2
shift 2
IFS= read -r mark && [ -n "$mark" ] || exit 64
export LC_ALL=C
# The system's own programs first: what lies in /usr/local is the administrator's, and is looked at before it is run.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
. "$kit/sh/root-php.sh"

section() { printf '\n%s %s\n' "$mark" "$1"; }
limited() { timeout -k 2 "$@" </dev/null 2>/dev/null; }

section os-release
cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
section system
uname -s
uname -n
cat /proc/sys/kernel/random/boot_id
awk '/^MemTotal:/ {print $2}' /proc/meminfo
[ -d /run/systemd/system ] && echo systemd || echo no-systemd
if command -v apt-get >/dev/null; then echo apt; elif command -v dnf >/dev/null; then echo dnf; else echo none; fi
if command -v getenforce >/dev/null; then limited 5 getenforce; else echo absent; fi
section addresses
limited 5 ip -o addr show || limited 5 hostname -I
section firewall
if command -v firewall-cmd >/dev/null && limited 5 firewall-cmd --state >/dev/null; then echo 'firewalld running'
elif command -v ufw >/dev/null && limited 5 ufw status | grep -q '^Status: active'; then echo 'ufw active'
elif command -v nft >/dev/null && limited 5 nft list ruleset | grep -q 'hook input'; then echo 'nftables rules on input'
elif command -v iptables >/dev/null && limited 5 iptables -S INPUT | grep -qE '^-P INPUT (DROP|REJECT)|^-A'; then echo 'iptables rules on input'
fi
if [ "${1-}" = guard ]; then
  section guard
  sh "$kit/sh/guard-look.sh" </dev/null 2>/dev/null
fi
section listeners
limited 10 ss -lntupH
section unix-listeners
limited 10 ss -lxpH
section units
if [ -d /run/systemd/system ]; then
  limited 10 systemctl list-units --all --no-legend --plain --full --no-pager -- \
    'php*fpm*.service' 'redis*.service' 'valkey*.service' 'memcached*.service' 'mongod*.service' 'nginx*.service' 'apache2*.service' 'httpd*.service' 'moodle-muc-*' 'cron.service' 'crond.service'
fi
section unit-files
if [ -d /run/systemd/system ]; then
  limited 10 systemctl list-unit-files --no-legend --plain --full --no-pager -- \
    'php*fpm*.service' 'redis*.service' 'valkey*.service' 'memcached*.service' 'mongod*.service' 'nginx*.service' 'apache2*.service' 'httpd*.service' 'moodle-muc-*' 'cron.service' 'crond.service'
fi
section packages
if command -v dpkg-query >/dev/null; then
  limited 20 dpkg-query -W -f='${db:Status-Abbrev} ${Package} ${Version}\n' \
    'php*' 'libapache2-mod-php*' 'redis*' 'valkey*' 'memcached*' 'libmemcached*' 'mongo*' 'nginx*' 'apache2' 'nftables' | grep '^ii '
elif command -v rpm >/dev/null; then
  limited 30 rpm -qa --qf 'ii %{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n' \
    'php*' 'mod_php*' 'redis*' 'valkey*' 'memcached*' 'libmemcached*' 'mongo*' 'nginx*' 'httpd*' 'nftables'
fi
section paths
for path in "$@"; do
  case $path in
    /*) ;;
    *) continue ;;
  esac
  facts=$(stat -c '%F|%U|%G|%a|%s' -- "$path" 2>/dev/null) || facts=absent
  sum=-
  size=${facts##*|}
  case $facts:$path in
    # The hash of a file that holds a password would let anyone try passwords against it: it stays here.
    *.secret.conf) ;;
    'regular file|'*:* | 'regular empty file|'*:*) [ "${#size}" -le 8 ] && sum=$(limited 20 sha256sum -- "$path" | sed 's/^\\\{0,1\}\([0-9a-f]*\).*/\1/') ;;
  esac
  printf '%s|%s|%s\n' "$facts" "${sum:--}" "$path"
done
if [ "$kind" = moodle ]; then
  section moodle-node
  php='' alone='' foreign=''
  # Without the site's extensions PHP starts in a third of the time, and nothing of theirs runs as root; where JSON is one of them, with them.
  try_php() {
    [ -f "$1" ] && [ -x "$1" ] || return 1
    php=$(trusted_program "$1") || { foreign="$foreign $1"; return 1; }
    for alone in -n ''; do
      root_php 20 "$php" "$alone" -r 'exit(PHP_SAPI === "cli" && function_exists("proc_open") && function_exists("json_encode") ? 0 : 1);' </dev/null >/dev/null 2>&1 && return 0
    done
    return 1
  }
  find_php() {
    for name in php php8.4 php8.3 php8.2 php8.1 php8.0 php7.4 php7.3 php7.2 php7.1 php7.0 php5.6; do
      for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do try_php "$folder/$name" && return 0; done
    done
    for path in /opt/remi/php*/root/usr/bin/php /usr/bin/php[0-9]*; do try_php "$path" && return 0; done
    return 1
  }
  if find_php; then
    root_php 100 "$php" "$alone" -d display_errors=stderr -d log_errors=0 -d memory_limit=256M "$kit/survey/moodle-node.php" ||
      echo "{\"moodleError\":\"$php ended with code $? during the survey of Moodle.\"}"
  elif [ -n "$foreign" ]; then
    echo "{\"moodleError\":\"Users other than root can change every command-line PHP on this node, so root does not run it:$foreign.\"}"
  else
    echo '{"moodleError":"This node has no command-line PHP. Install php-cli."}'
  fi
fi
section end
