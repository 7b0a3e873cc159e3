#!/usr/bin/env bash
# Builds the release: static binaries for linux and darwin on amd64 and arm64, each
# with its pages and licences in one tar.gz, and their SHA256SUMS. The same commit
# gives the same bytes wherever and whenever it is built, by the same Go. Wants GNU
# tar.
# usage: dist.sh FOLDER [PLATFORM]...
#   PLATFORM  linux/amd64 or the like; all four where none is named
set -euo pipefail
if [ $# -lt 1 ]; then
	printf 'usage: dist.sh FOLDER [PLATFORM]...\n' >&2
	exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
cd "$(dirname "$0")/.."

version=$(bash scripts/version.sh)
epoch=$(bash scripts/version.sh --epoch)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

archives=()
for platform; do
	name=hostkit-$version-${platform/\//-}
	bash scripts/build.sh "$platform" "$work/bin"
	bash scripts/install.sh "$work/bin" "$work/$name"
	bash scripts/licences.sh "$platform" >"$work/$name/LICENSES"
	cp README.md CHANGELOG.md LICENSE "$work/$name"
	# Nothing of this machine: no owner, umask or time, which gzip writes too.
	tar -C "$work" --format=ustar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
		--mode='u+rwX,go+rX,go-w' -cf - "$name" | gzip -n >"$out/$name.tar.gz"
	archives+=("$name.tar.gz")
done
(cd "$out" && sha256sum "${archives[@]}" | tee SHA256SUMS)
