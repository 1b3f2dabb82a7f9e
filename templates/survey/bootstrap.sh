# The first script on a node: is the node toolkit installed and complete? Then the survey, in the same round trip.
# Arguments: toolkit hash, sha256 of its SHA256SUMS, sha256 of the token for the web probe or -, then those of survey.sh.
# Exit 44: install the toolkit first. Exit 45: that hash cannot be stored.
set -u
umask 022
printf 'clock %s\n' "$(date +%s.%N)"
base=/var/lib/moodle-cluster-wizard
kit=$base/kit/$1 sums=$2 token=$3
shift 3

[ -f "$kit/SHA256SUMS" ] || exit 44
got=$(sha256sum <"$kit/SHA256SUMS")
[ "${got%% *}" = "$sums" ] || exit 44
# Every file must be root's, writable for root only, and listed; none may be changed or added.
[ -z "$(find "$base/kit" -maxdepth 0 \( ! -uid 0 -o -perm /022 \) -print; find "$kit" \( ! -uid 0 -o -perm /022 \) -print)" ] || exit 44
(cd "$kit" && sha256sum -c --status SHA256SUMS 2>/dev/null) || exit 44
[ "$(find "$kit" -type f | wc -l)" = "$(($(wc -l <"$kit/SHA256SUMS") + 1))" ] || exit 44

if [ "$token" != - ]; then
  . "$kit/survey/web-token.sh"
  put_web_token "$token" || exit 45
fi
[ "$1" = toolkit-only ] && exit 0
exec sh "$kit/survey/survey.sh" "$kit" "$@"
