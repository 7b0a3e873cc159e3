#!/usr/bin/env bash
# Answers as Incus's client does, or LXD's where its name is lxc, for the calls that
# scripts/incus_integration_vm.sh makes. What it knows lies in the folder $CLIENT:
#   calls        each call, a line; what is piped into exec goes to stdin
#   pools        there once Incus has storage
#   instances/N  a folder for each instance: state, key
#   4, 6         the addresses of a running instance, as list prints them
#   down         while it is there no daemon answers; deaf: no instance runs commands
set -euo pipefail

printf '%s %s\n' "$(basename "$0")" "$*" >>"$CLIENT/calls"

# no WHY [MORE]: fails as the client does.
no() {
	printf 'Error: %s\n' "$@" >&2
	exit 1
}

# have NAME: the folder of an instance that is there.
have() {
	folder=$CLIENT/instances/$1
	[ -d "$folder" ] || no "${2:-Instance not found}"
}

list() { # --format csv --columns LETTER ^NAME$
	[[ $5 =~ ^\^(.*)\$$ ]] || no "a bare name would be a prefix"
	folder=$CLIENT/instances/${BASH_REMATCH[1]}
	[ -d "$folder" ] || return 0
	case $4 in
	s) cat "$folder/state" ;;
	4 | 6) if [ "$(cat "$folder/state")" = RUNNING ]; then cat "$CLIENT/$4"; else echo; fi ;;
	*) no "no such column" ;;
	esac
}

launch() { # IMAGE NAME [--config KEY=VALUE] [--vm]
	echo "Creating $2"
	[ ! -d "$CLIENT/instances/$2" ] || no "Failed creating instance record: Instance \"$2\" already exists"
	case $1 in
	nowhere/*) no "Image \"$1\" not found" ;;
	images:*) if [ "$(basename "$0")" = lxc ]; then no "Failed getting remote image info: Image not found"; fi ;;
	esac
	mkdir -p "$CLIENT/instances/$2"
	echo RUNNING >"$CLIENT/instances/$2/state"
	echo "${4#*=}" >"$CLIENT/instances/$2/key"
	echo "Starting $2"
}

execute() { # NAME -- COMMAND...
	have "$1"
	[ "$(cat "$folder/state")" = RUNNING ] || no "Instance is not running"
	[ ! -e "$CLIENT/deaf" ] || no "VM agent isn't currently running"
	shift 2
	case $* in
	true) ;;
	"sh -c exit "*) exit "${3#exit }" ;;
	"sh -s -- "*) cat >"$CLIENT/stdin" ;;
	"sh -c cat /etc/ssh/ssh_host_*_key.pub && echo all") printf '%s\n' "ssh-ed25519 AAAA root@instance" all ;;
	*) no "Command not found" ;;
	esac
}

if [ "$(basename "$0")" = lxd ]; then set -- admin "$@"; fi
[ ! -e "$CLIENT/down" ] || no 'Get "http://unix.socket/1.0": dial unix /var/lib/incus/unix.socket: connect: no such file or directory'
command=$1
shift
case $command in
admin)
	case $1 in
	init) touch "$CLIENT/pools" ;;
	waitready) ;;
	*) no "unknown command \"$1\" for \"incus admin\"" ;;
	esac
	;;
storage) if [ -e "$CLIENT/pools" ]; then echo "default,dir,/var/lib/incus/storage-pools/default,,1,CREATED"; fi ;;
list) list "$@" ;;
launch) launch "$@" ;;
exec) execute "$@" ;;
config) # get NAME KEY
	have "$2"
	if [ "$3" = user.hostkit ]; then cat "$folder/key"; else echo; fi
	;;
start)
	have "$1"
	[ "$(cat "$folder/state")" != RUNNING ] || no "The instance is already running"
	echo RUNNING >"$folder/state"
	;;
stop) # --force NAME
	have "$2"
	echo STOPPED >"$folder/state"
	;;
delete) # [--force] NAME
	force=
	if [ "$1" = --force ]; then
		force=yes
		shift
	fi
	have "$1" "Failed checking instance exists \"local:$1\": Instance not found"
	[ -n "$force" ] || [ "$(cat "$folder/state")" != RUNNING ] ||
		no "The instance is currently running, stop it first or pass --force"
	rm -r "$folder"
	;;
*) no "unknown command \"$command\" for \"incus\"" ;;
esac
