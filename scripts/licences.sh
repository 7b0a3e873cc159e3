#!/usr/bin/env bash
# Prints the licences of all that the commands are linked from: ours, Go's and
# those of the modules. Who passes the binaries on has to pass these on too.
# usage: licences.sh PLATFORM
set -euo pipefail
platform=$1
cd "$(dirname "$0")/.."

# show TITLE FILE...
show() {
	printf '%s\n%s\n\n' "$1" "${1//?/=}"
	shift
	cat -- "$@"
	printf '\n\n'
}

show "HostKit" LICENSE
show "The Go standard library" "$(go env GOROOT)/LICENSE"
modules=$(GOOS=${platform%/*} GOARCH=${platform#*/} CGO_ENABLED=0 go list -deps \
	-f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/... | LC_ALL=C sort -u)
while read -r path version folder; do
	files=()
	for file in "$folder"/{LICENSE,LICENCE,COPYING,NOTICE}*; do
		[ ! -f "$file" ] || files+=("$file")
	done
	if [ "${#files[@]}" -eq 0 ]; then
		printf 'licences: %s has none\n' "$path" >&2
		exit 1
	fi
	show "$path $version" "${files[@]}"
done <<<"$modules"
