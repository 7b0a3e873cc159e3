#!/usr/bin/env bash
# Fuzzes every fuzz target of the module for a time each: fuzz.sh 10s. Two run at
# once, with one worker each. Inputs that reach new code go to Go's cache; one
# that fails is written below its package's testdata/fuzz, where go test finds it
# again, and is named. What is committed there grows by hand: copy a few small ones
# of $(go env GOCACHE)/fuzz/PACKAGE/TARGET to testdata/fuzz/TARGET in the folder of
# the package, and read them first.
set -euo pipefail
cd "$(dirname "$0")/.."
fuzztime=${1:-10s}
at_once=2

case $fuzztime in
*[!0-9]*[!0-9]* | [!0-9]* | *[0-9]) unit= ;;
*s) unit=1 ;;
*m) unit=60 ;;
*h) unit=3600 ;;
*) unit= ;;
esac
if [ -z "$unit" ]; then
	printf 'fuzz: %s is not a time: want one like 10s, 5m, 2h\n' "$fuzztime" >&2
	exit 2
fi
# A target that hangs is not ended by -test.fuzztime. Starting, and making an
# input that fails smaller, take a while too.
limit=$((${fuzztime%?} * unit + 60))

work=$(mktemp -d)
stop() {
	jobs -p | xargs -r kill 2>/dev/null || true
	wait
	rm -rf "$work"
}
trap stop EXIT

# fuzz runs one target and says what became of it.
fuzz() { # NUMBER FOLDER PACKAGE BINARY TARGET
	local pid result status=0 said=$work/$1.said
	(cd "$2" && exec timeout --kill-after=10 "$limit" "$4" -test.run='^$' -test.fuzz="^$5\$" \
		-test.fuzztime="$fuzztime" -test.fuzzminimizetime=5s -test.parallel=1 \
		-test.fuzzcachedir="$cache/fuzz/$3") >"$said" 2>&1 &
	# timeout has left our process group; it ends what it started.
	pid=$!
	trap 'kill "$pid"; wait; exit' TERM
	wait "$pid" || status=$?
	# Go's fuzzer may take the end of its time for a failure: golang/go#75804.
	if [ "$(sed -n '/^--- FAIL/,$p' "$said" | sed 1d)" = '    context deadline exceeded
FAIL' ]; then
		status=0
	fi
	result=$(sed -n 's/.*\(execs: [0-9]*\).*\(new interesting: .*\)/\1, \2/p' "$said" | tail -n 1)
	if [ "$status" = 0 ]; then
		printf 'fuzz: %s in %s: %s\n' "$5" "$2" "${result:-no figures}"
		return
	fi
	touch "$work/failed"
	{
		cat "$said"
		[ "$status" != 124 ] || printf 'fuzz: it hangs: not ended after %s seconds\n' "$limit"
		printf 'fuzz: error: %s in %s fails' "$5" "$2"
		sed -n "s|.*Failing input written to \\(testdata[^ ]*\\).*|, its input is in $2/\\1|p" "$said" | tr -d '\n'
		printf '\n'
	} >&2
}

cache=$(go env GOCACHE)
began=$SECONDS
targets=() packages=()
while read -r package folder; do
	! grep -qs '^func Fuzz' "$folder"/*_test.go || packages+=("$package" ".${folder#"$PWD"}" "$work/${package//\//_}.test")
done < <(go list -f '{{.ImportPath}} {{.Dir}}' ./...)
# Nobody debugs them: to link them without symbols takes half the time.
# shellcheck disable=SC2016 # the shell inside expands them
printf '%s\n' "${packages[@]}" | xargs -n 3 -P "$at_once" sh -c 'exec go test -c -fuzz=. -vet=off -ldflags="-s -w" -o "$3" "$2"' sh
for ((i = 0; i < ${#packages[@]}; i += 3)); do
	package=${packages[i]} folder=${packages[i + 1]} binary=${packages[i + 2]}
	while read -r target; do
		targets+=("${folder#./} $package $binary $target")
	done < <(cd "$folder" && "$binary" -test.list='^Fuzz')
done
compiled=$((SECONDS - began))

for number in "${!targets[@]}"; do
	while [ "$(jobs -pr | wc -l)" -ge "$at_once" ]; do
		wait -n
	done
	read -r folder package binary target <<<"${targets[number]}"
	fuzz "$number" "$folder" "$package" "$binary" "$target" &
done
wait
[ ! -e "$work/failed" ] || exit 1
printf 'fuzz: %d targets in %d s, %d of them to compile\n' "${#targets[@]}" $((SECONDS - began)) "$compiled"
