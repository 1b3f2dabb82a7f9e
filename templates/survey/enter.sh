# First words on a node: is the kit there and whole? Then the survey, in the same round trip.
# Arguments: kit hash, sha256 of its SHA256SUMS, sha256 of the run's web token or -, then survey.sh's own. Exit 44: install the kit first.
set -u
umask 022
printf 'clock %s\n' "$(date +%s.%N)"
base=/var/lib/moodle-cluster-wizard
kit=$base/kit/$1 sums=$2 token=$3
shift 3

[ -f "$kit/SHA256SUMS" ] || exit 44
got=$(sha256sum <"$kit/SHA256SUMS")
[ "${got%% *}" = "$sums" ] || exit 44
# Nothing in it may be another's, writable for others, changed or added.
[ -z "$(find "$base/kit" -maxdepth 0 \( ! -uid 0 -o -perm /022 \) -print; find "$kit" \( ! -uid 0 -o -perm /022 \) -print)" ] || exit 44
(cd "$kit" && sha256sum -c --status SHA256SUMS 2>/dev/null) || exit 44
[ "$(find "$kit" -type f | wc -l)" = "$(($(wc -l <"$kit/SHA256SUMS") + 1))" ] || exit 44

if [ "$token" != - ]; then
  . "$kit/survey/web-token.sh"
  put_web_token "$token" || exit 45
fi
[ "$1" = kit-only ] && exit 0
exec sh "$kit/survey/survey.sh" "$kit" "$@"
