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
go vet ./...
"$tools/staticcheck" ./...
git ls-files -z --cached --others --exclude-standard '*.sh' '.ci/run' | xargs -0 shellcheck
git ls-files -z --cached --others --exclude-standard '*.[1-8]' | xargs -0 mandoc -Tlint -Wwarning
go mod verify >/dev/null
go mod tidy -diff
