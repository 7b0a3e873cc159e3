#!/usr/bin/env bash
# Takes a throwaway host through the whole pipeline: eval, facts, resolve, plan,
# apply, and a second plan that is empty. A real Debian host where one can be
# made, else an SSH server inside a small program of ours.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
work=$(mktemp -d)
host_pid=

stop() {
	# The host ends by itself once its stdin is closed.
	if [ -n "$host_pid" ]; then
		exec {host_in}>&- || true
		wait "$host_pid" || true
	fi
	rm -rf "$work"
}
trap stop EXIT

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold='' dim='' plain=''
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf 'demo: %s\n' "$*"; }

# show prints a command as a person would type it, and runs it.
show() {
	printf '%s$%s %s\n' "$dim" "$plain" "$*"
	bash -o pipefail -c "$*"
}

# start runs a program that prints one line of JSON once its host answers.
start() {
	mkfifo "$work/in" "$work/out"
	"$@" <"$work/in" >"$work/out" &
	host_pid=$!
	exec {host_in}>"$work/in"
	IFS= read -r line <"$work/out" || { note "the host did not start" >&2; exit 1; }
}

field() { sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' <<<"$line"; }

case ${HOSTKIT_DEMO:-} in
'' | embedded) ;;
*)
	note "HOSTKIT_DEMO is $HOSTKIT_DEMO; it may be embedded or nothing" >&2
	exit 2
	;;
esac
# HOSTKIT_DEMO=embedded takes the embedded server although a host could be made.
if [ "${HOSTKIT_DEMO:-}" = embedded ]; then
	real='' why='HOSTKIT_DEMO=embedded asks for it'
elif bash tests/lab/setup.sh && go build -o "$work/hk-lab" ./tests/lab/cmd/hk-lab && "$work/hk-lab" check; then
	real=yes
else
	real='' why="a real host can't be made here, see above"
fi
if [ -n "$real" ]; then
	note "a real Debian host: sshd, apt and all, in namespaces of this machine"
	start "$work/hk-lab" up --name server --no-index
	embedded=
else
	note "an embedded SSH server ($why):"
	note "no packages, and every path lies below $work/host"
	go build -o "$work/hk-sshd" ./tests/sshd
	start "$work/hk-sshd" --state "$work"
	embedded=yes
fi

export PATH="${HOSTKIT_BIN:-$repository/bin}:$PATH"
# Nobody's ssh config, keys or agent has a part in this, but one that knows the host.
export HOME=$work
unset SSH_AUTH_SOCK
mkdir -m 700 "$work/.ssh"
cp "$(field identity_file)" "$work/.ssh/id_ed25519"
cp "$(field known_hosts)" "$work/.ssh/known_hosts"
printf 'Host server\n  HostName %s\n  Port %s\n  User %s\n' \
	"$(field address)" "$(field port)" "$(field user)" >"$work/.ssh/config"
cd "$work"
if [ -n "$embedded" ]; then
	mkdir host
	below=$work/host
	packages=
else
	below=
	packages='"packages": ["ca_certificates", "jq", "tree"],'
fi
cat >config.json <<CONFIG
{
  "schema": "hostkit.config/v1",
  "project": "demo",
  "hosts": {"server": {}},
  "services": {
    "web": {
      $packages
      "directories": {"$below/srv": {}, "$below/srv/app": {"mode": "0750"}},
      "files": {
        "$below/srv/app/greeting": {"content": "hello from hostkit\n", "mode": "0640"},
        "$below/srv/motd": {"content": "This host is kept by HostKit.\n"}
      },
      "symlinks": {"$below/srv/current": {"to": "$below/srv/app"}}
    }
  }
}
CONFIG

say "1. What the host should be"
show "cat config.json"
say "2. What it is, what that is called there, and the exact difference"
show "hk-eval config.json | hk-facts --host server | hk-resolve --write-package-lock host_kit.package.lock | hk-plan --out plan.json"
say "3. The plan, for a person"
show "hk-show plan.json"
say "4. Make exactly that difference"
show "hk-apply --confirm < plan.json > report.json"
show "hk-show report.json"
say "5. Plan again: nothing to do"
show "hk-eval config.json | hk-facts --host server | hk-plan --package-lock host_kit.package.lock --exit-code > again.json"
show "hk-show again.json"
