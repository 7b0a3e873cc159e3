#!/usr/bin/env bash
# Fails where the tests of a package below pkg/ run too few of its statements. What
# the commands run in other tests, on real hosts, does not count: a package has
# tests of its own.
# usage: coverage.sh FOLDER
#   FOLDER  has what `go test -cover -args -test.gocoverdir=FOLDER` has written
set -euo pipefail
if [ $# -ne 1 ]; then
	printf 'usage: coverage.sh FOLDER\n' >&2
	exit 2
fi
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

# Percent of statements: of each package, of all of them together, and of those
# that are run on hosts above all, by tests/e2e, tests/cut and tests/scripts.
each=72
all=82
floors='
pkg/apply 68
pkg/login 60
pkg/resolve 68
'

go tool covdata textfmt -i="$folder" -o=/dev/stdout | awk -v each="$each" -v all="$all" -v floors="$floors" '
	BEGIN {
		count = split(floors, words)
		for (i = 1; i < count; i += 2) floor[words[i]] = words[i + 1]
	}
	# hostkit/pkg/doc/doc.go:12.34,15.2 3 1: three statements, run once
	sub(/^hostkit\/pkg\//, "pkg/") {
		package = $1
		sub(/\/[^\/]*$/, "", package)
		if (!($1 in seen)) { seen[$1] = 1; statements[package] += $2; total += $2 }
		if ($3 && !($1 in ran)) { ran[$1] = 1; covered[package] += $2; sum += $2 }
	}
	function check(name, percent, least) {
		if (percent >= least) return
		printf "coverage: error: %s: %.1f%% of its statements are run by tests, and %d%% must be\n", name, percent, least
		bad = 1
	}
	END {
		for (package in statements) {
			check(package, 100 * covered[package] / statements[package], package in floor ? floor[package] : each)
			packages++
		}
		if (packages < 25) { printf "coverage: error: %d packages of pkg/ were measured\n", packages; exit 1 }
		check("pkg", 100 * sum / total, all)
		if (bad) {
			print "coverage: hint: test what is new, or take out what nothing runs: go test -coverprofile=c.out ./pkg/NAME && go tool cover -html=c.out"
			exit 1
		}
		printf "coverage: %.1f%% of the statements of %d packages\n", 100 * sum / total, packages
	}' >&2
