# shellcheck shell=bash
# How incus_integration_vm.sh, which reads this file, calls Incus: the settings of the
# environment, what it says and how it fails, and what it asks of the client.

name=${HOSTKIT_INCUS_INSTANCE:-hostkit-test}
image=${HOSTKIT_INCUS_IMAGE:-images:ubuntu/24.04}
type=${HOSTKIT_INCUS_TYPE:-container}
wait=${HOSTKIT_INCUS_WAIT:-}
program=${INCUS:-incus}
# The config key by which we know our own instances from everybody else's.
mark=user.hostkit=integration
client=()
root=()

say() { printf 'incus_integration_vm: %s\n' "$*" >&2; }

# fail STATUS MESSAGE [HINT]
fail() {
	say "error: $2"
	if [ -n "${3:-}" ]; then say "hint: $3"; fi
	exit "$1"
}

is_lxd() { [ "$(basename "$program")" = lxc ]; }

# check_settings refuses what the environment says wrong before anything is done.
check_settings() {
	[ -n "${HOME:-}" ] || fail 2 "HOME is not set"
	[[ $name =~ ^[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$ ]] ||
		fail 2 "HOSTKIT_INCUS_INSTANCE: '$name' is no name of an instance" "letters, digits and hyphens, a letter first"
	[[ $image =~ ^[^-[:space:]][^[:space:]]*$ ]] ||
		fail 2 "HOSTKIT_INCUS_IMAGE: '$image' is no name of an image"
	case $type in
	container | vm) ;;
	*) fail 2 "HOSTKIT_INCUS_TYPE: '$type' is neither container nor vm" ;;
	esac
	if [ -z "$wait" ]; then
		if [ "$type" = vm ]; then wait=300; else wait=120; fi
	fi
	[[ $wait =~ ^[1-9][0-9]{0,3}$ ]] ||
		fail 2 "HOSTKIT_INCUS_WAIT: '$wait' is no number of seconds from 1 to 9999"
	case ${HOSTKIT_INCUS_SUDO:-false} in
	1 | true | yes) root=(sudo) ;;
	0 | false | no) ;;
	*) fail 2 "HOSTKIT_INCUS_SUDO: '$HOSTKIT_INCUS_SUDO' is neither true nor false" ;;
	esac
	client=("${root[@]}" "$program")
}

need_client() {
	if command -v "$program" >/dev/null; then return; fi
	local hint="scripts/incus_integration_vm.sh install, or https://linuxcontainers.org/incus/docs/main/installing/"
	if ! is_lxd && command -v lxc >/dev/null; then hint="LXD is here: INCUS=lxc; or $hint"; fi
	fail 127 "$program: not found" "$hint"
}

# call never lets Incus read our stdin: launch would take it for settings.
call() { "${client[@]}" "$@" </dev/null; }

# within SECONDS COMMAND...: as call, but ended after so long.
within() {
	local seconds=$1
	shift
	timeout "$seconds" "${client[@]}" "$@" </dev/null
}

# await WHAT COMMAND...: until COMMAND succeeds, for at most $wait seconds.
await() {
	local what=$1 end=$((SECONDS + wait))
	shift
	until "$@" 2>/dev/null; do
		if [ "$SECONDS" -ge "$end" ]; then
			fail 1 "$name: $what: not within $wait seconds" \
				"look with: ${client[*]} info $name --show-log; HOSTKIT_INCUS_WAIT waits longer"
		fi
		sleep 0.2
	done
}

# column LETTER prints one column of incus list for the instance, nothing where
# there is none. The filter is a regular expression, which a bare name is not.
column() {
	local out
	out=$(call list --format csv --columns "$1" "^$name\$") ||
		fail 1 "$program: does not answer" \
			"is its daemon running, and may you use it? HOSTKIT_INCUS_SUDO=true calls it through sudo"
	printf '%s' "$out"
}

need_ours() {
	local value
	value=$(call config get "$name" "${mark%%=*}") || fail 1 "$name: its settings can't be read"
	[ "$value" = "${mark#*=}" ] ||
		fail 1 "$name: an instance of this name is here that this script did not make" \
			"take another name: HOSTKIT_INCUS_INSTANCE=hostkit-test-2"
}

# address FAMILY prints the first IPv4 (4) or IPv6 (6) address of the instance's own
# network card, and not of a bridge that something in it made (docker0).
address() {
	local listed
	listed=$(column "$1") || exit
	tr -d '"' <<<"$listed" | awk '$2 ~ /^\((eth|en)/ { print $1; found = 1; exit } END { exit !found }'
}
