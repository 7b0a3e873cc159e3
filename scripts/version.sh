#!/usr/bin/env bash
# Says which version this source is, and when it was made; the one home of both.
# usage: version.sh [--epoch]
# The version is the one of the last tag v1.2.3, with the commits since then
# (1.2.3-4-gabc1234), or that of pkg/cli where there is no tag or no git. --epoch
# gives the time of the commit in seconds; SOURCE_DATE_EPOCH stands in for it.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder may be somebody else's: sudo make install.
git() { command git -c safe.directory="$PWD" "$@"; }

case ${1:-} in
'')
	if tag=$(git describe --tags --match 'v[0-9]*' 2>/dev/null); then
		printf '%s\n' "${tag#v}"
	else
		sed -n 's/^var Version = "\(.*\)"$/\1/p' pkg/cli/*.go
	fi
	;;
--epoch)
	if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
		printf '%s\n' "$SOURCE_DATE_EPOCH"
	elif ! git log -1 --format=%ct 2>/dev/null; then
		printf 'version: no git here: set SOURCE_DATE_EPOCH to the seconds since 1970 at which the source was made\n' >&2
		exit 1
	fi
	;;
*)
	printf 'version: unknown argument %s\n' "$1" >&2
	exit 2
	;;
esac
