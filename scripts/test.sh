#!/usr/bin/env bash
# Everything that must hold: lint, the tests with the race detector, how much of
# pkg/ they run, and the fuzz targets for a short time each. Says at its end where
# the time has gone.
# usage: test.sh TOOLS FUZZTIME
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1 fuzztime=$2

work=$(mktemp -d)
times=() part='' began=0
stop() {
	local status=$?
	if [ "$status" != 0 ]; then
		times+=("$part failed after $((SECONDS - began)) s")
	fi
	printf -v line '%s, ' "${times[@]}"
	printf 'test: %s; %d s in all\n' "${line%, }" "$SECONDS"
	rm -rf "$work"
}
trap stop EXIT

# run NAME COMMAND...: a part of the run, timed.
run() {
	part=$1 began=$SECONDS
	shift
	"$@"
	times+=("$part $((SECONDS - began)) s")
}

# -race needs cgo. Lint has vetted all; symbols are for debuggers, and to link them
# takes as long again. Many tests wait for a host: more of them than there are
# processors are under way. All packages share the commands that are built here.
tests() {
	CGO_ENABLED=1 HOSTKIT_TEST_BINARIES=$work/bin \
		go test -race -cover -covermode=atomic -vet=off -ldflags='-s -w' -p 3 -parallel 4 -timeout 40m ./... \
		-args -test.gocoverdir="$work/coverage"
}

mkdir "$work/coverage"
run build bash scripts/build.sh "$(go env GOOS)/$(go env GOARCH)" "$work/bin"
run lint bash scripts/lint.sh "$tools"
run tests tests
run coverage bash scripts/coverage.sh "$work/coverage"
run fuzz bash scripts/fuzz.sh "$fuzztime"
# go test hides why a test skipped itself, so that is said last.
go run ./tests/lab/cmd/hk-lab check || printf 'LAB SKIPPED: nothing was tested on a real host (see above)\n' >&2
