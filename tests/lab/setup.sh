#!/bin/bash
# Installs with apt-get what tests/lab and the tests built on it need on this
# Debian machine. Installs only what dpkg does not have, starts no daemon.
# usage: setup.sh [--check] [PACKAGE]...
# --check only says what is missing, and exits 1 then; PACKAGEs are needed too
set -euo pipefail

check=
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi

# One line for each need; a line's later names satisfy it just as well.
needs=(
	"openssh-client"
	"openssh-server"
	"debootstrap"
	"util-linux"
	"mount"
	"iproute2"
	"busybox busybox-static"
	"dash"
	"bash"
	"fish"
	"zsh"
	"tcsh csh"
	"sudo"
	"jq"
	"tmux"
	"strace"
	"openssl"
	"ansible-core"
	"$@"
)
# npm comes in other ways than as the package of that name, which is a large one.
command -v npm >/dev/null || needs+=("npm")

say() { printf 'lab setup: %s\n' "$*" >&2; }

installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for line in "${needs[@]}"; do
	read -ra names <<<"$line"
	for name in "${names[@]}"; do
		if installed "$name"; then
			continue 2
		fi
	done
	missing+=("${names[0]}")
done

if [ "${#missing[@]}" -eq 0 ]; then
	say "nothing to install"
	exit 0
fi
if [ -n "$check" ]; then
	say "missing: ${missing[*]}"
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	say "cannot install ${missing[*]}: not root"
	exit 1
fi

# Debian starts a daemon as it is installed (sshd on port 22) unless
# policy-rc.d says 101. A container image often has that file already.
policy=/usr/sbin/policy-rc.d
made_policy=
cleanup() {
	if [ -n "$made_policy" ]; then rm -f "$policy"; fi
}
trap cleanup EXIT
if [ -e "$policy" ]; then
	rc=0
	"$policy" ssh start >/dev/null 2>&1 || rc=$?
	if [ "$rc" -ne 101 ]; then
		say "$policy is there and allows daemons to start: not installing"
		exit 1
	fi
else
	made_policy=yes
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

say "installing ${missing[*]}"
if ! apt install --no-install-recommends "${missing[@]}"; then
	say "the package index may be missing or old: apt-get update, then again"
	apt update
	apt install --no-install-recommends "${missing[@]}"
fi
say "installed ${missing[*]}"
