#!/usr/bin/env bash
# Everything that can be said against the source without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1

unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 "$tools/gofumpt" -l)
if [ -n "$unformatted" ]; then
	printf 'gofumpt would change:\n%s\n' "$unformatted" >&2
	exit 1
fi
# What is compiled for vet is then what is built.
export GOFLAGS="${GOFLAGS:-} -trimpath"
go vet ./...
# The commands are released for these as well. Their tests are not: they want
# Linux, and an overlay takes them away.
overlay=$(mktemp)
trap 'rm -f "$overlay"' EXIT
git ls-files --cached --others --exclude-standard '*_test.go' |
	jq -nR --arg here "$PWD" '{Replace: [inputs | {key: "\($here)/\(.)", value: ""}] | from_entries}' >"$overlay"
for system in linux/arm64 darwin/amd64 darwin/arm64; do
	GOOS=${system%/*} GOARCH=${system#*/} go vet -overlay "$overlay" ./cmd/... ./pkg/... ./schemas
done
"$tools/staticcheck" ./...
git ls-files -z --cached --others --exclude-standard '*.sh' '*.bash' '.ci/run' | xargs -0 shellcheck
git ls-files -z --cached --others --exclude-standard '*.[1-8]' | xargs -0 mandoc -Tlint -Wwarning
go mod verify >/dev/null
go mod tidy -diff
