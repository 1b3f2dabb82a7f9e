# Waits until no job of apply-job.sh runs on this node. Arguments: folder of the jobs, seconds at most. Prints the ids of those that still run.
set -u
base=$1 most=$2
running() {
  for dir in "$base"/*/; do
    { [ -d "$dir" ] && [ ! -e "${dir}rc" ]; } || continue
    id=$(basename -- "$dir")
    if [ -e "${dir}pid" ]; then
      kill -0 "$(cat "${dir}pid")" 2>/dev/null && echo "$id"
      continue
    fi
    case $(systemctl is-active "mcw-$id.service" 2>/dev/null) in active | activating | deactivating) echo "$id" ;; esac
  done
}
while [ "$most" -gt 0 ] && [ -n "$(running)" ]; do
  sleep 1
  most=$((most - 1))
done
running
