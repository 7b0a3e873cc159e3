#!/usr/bin/env bash
# Everything that must hold: lint, the tests with the race detector, how much of
# pkg/ they run, and the fuzz targets for a short time each. Says at its end where
# the time has gone.
# usage: test.sh TOOLS FUZZTIME
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$1 fuzztime=$2

work=$(mktemp -d)
times=() part='' began=0 first=
stop() {
	local status=$?
	[ -z "$first" ] || kill -- "-$first" 2>/dev/null || true
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

# What is ours runs under the race detector, which needs cgo, and is measured. jsonx
# starts no goroutine and looks at each byte of documents of many megabytes: with the
# detector, which has nothing to find there, it takes thirty times as long.
#
# The arithmetic of cryptography keeps nothing that goroutines could share, and is half
# of what a login takes with the detector: it goes without. Its callers do not.
units() {
	local measured=(-cover -covermode=atomic -vet=off "-ldflags=-s -w" -timeout 30m) package packages
	local race=(-race)
	for package in crypto/internal/fips140/{edwards25519,nistec}/... crypto/internal/fips140/{bigmod,mlkem} golang.org/x/crypto/blowfish; do
		race+=("-gcflags=$package=-race=false")
	done
	go test "${measured[@]}" ./pkg/jsonx -args -test.gocoverdir="$work/coverage"
	# Those that take the longest begin first, so that none runs alone at the end.
	packages=$(go list ./pkg/{resource,transport,shell} ./cmd/... ./pkg/... ./schemas | grep -vx 'hostkit/pkg/jsonx')
	# shellcheck disable=SC2086 # one word each
	CGO_ENABLED=1 go test "${race[@]}" "${measured[@]}" $packages -args -test.gocoverdir="$work/coverage"
}

# The tests of whole commands look at other processes; they share the commands that
# are built here, and what was compiled for these. Many wait for a host: more of them,
# and more packages, than there are processors are under way.
wholes() {
	CGO_ENABLED=0 HOSTKIT_TEST_BINARIES=$work/bin \
		go test -trimpath -count=1 -vet=off -ldflags='-s -w' -p 3 -parallel 4 -timeout 30m ./tests/...
}

# Both at once: one uses the processors while the other waits. Lint has vetted all,
# and symbols are for debuggers: to link them takes as long again.
tests() {
	local status=0
	set -m # a process group of its own, which can be ended as one
	units </dev/null &
	first=$!
	set +m
	wholes || status=$?
	wait "$first" || status=$?
	first=
	return "$status"
}

mkdir "$work/coverage"
run build bash scripts/build.sh "$(go env GOOS)/$(go env GOARCH)" "$work/bin"
run lint bash scripts/lint.sh "$tools"
run tests tests
run coverage bash scripts/coverage.sh "$work/coverage"
run fuzz bash scripts/fuzz.sh "$fuzztime"
# go test hides why a test skipped itself, so that is said last.
go run ./tests/lab/cmd/hk-lab check || printf 'LAB SKIPPED: nothing was tested on a real host (see above)\n' >&2
