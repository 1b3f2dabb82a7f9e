#!/bin/sh
# Views the login page of every node, one after the other, until /root/load.stop is there; each line of /root/load.log is a status and a node.
# usage: load.sh NODE…
: >/root/load.log
while [ ! -e /root/load.stop ]; do
  for node in "$@"; do curl -s -m 30 -o /dev/null -w "%{http_code} $node\n" -H 'Host: moodle.lab' "http://$node/login/index.php" >>/root/load.log; done
done
