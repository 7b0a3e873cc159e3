#!/usr/bin/env bash
# Keeps an Incus (or LXD) container, or VM, that HostKit's integration run may change
# as it likes: root logs in with a key and in no other way.
set -euo pipefail

# shellcheck source=scripts/incus_client.sh
. "$(dirname "${BASH_SOURCE[0]}")/incus_client.sh"

# What sets ssh up inside, and what the instance's own host keys are kept in here.
prepare=$(dirname "${BASH_SOURCE[0]}")/incus_prepare_instance.sh
known_hosts=${HOME:-}/.ssh/known_hosts.$name

usage() {
	cat <<USAGE
usage: incus_integration_vm.sh COMMAND

  install     install Incus with apt-get (LXD where INCUS=lxc)
  init        give Incus storage and a network, if it has no storage yet
  ensure      init, create: from nothing to a host that ssh reaches
  create      make and start the instance, let root log in by key
  ip          print the instance's address
  ssh-config  print a block for ~/.ssh/config
  status      print one line; the exit status is 1 where ssh does not answer
  destroy     delete the instance, if it is one of ours

environment, and what holds where it is not set:
  HOSTKIT_INCUS_INSTANCE   name of the instance (hostkit-test)
  HOSTKIT_INCUS_IMAGE      what it is made from (images:ubuntu/24.04)
  HOSTKIT_INCUS_TYPE       container or vm (container)
  HOSTKIT_INCUS_SUDO       true: call Incus through sudo (false)
  HOSTKIT_INCUS_WAIT       seconds to wait for one thing (120, for a VM 300)
  HOSTKIT_SSH_PUBLIC_KEY   the key that may log in (the first of
                           ~/.ssh/id_ed25519.pub, id_ecdsa.pub, id_rsa.pub)
  INCUS                    the client's program; lxc for LXD (incus)

exit status: 0 done, 1 failed, 2 usage, 127 Incus is not there
USAGE
}

# state sets $state to RUNNING, STOPPED, ...; empty where there is no such instance.
state() { state=$(column s) || exit; }

# has_address waits for IPv4 longer than for IPv6, which is there at once, often
# without a way to a package mirror or a resolver.
has_address() {
	if address=$(address 4); then return; fi
	[ "$SECONDS" -ge "$prefer_ipv4_until" ] && address=$(address 6)
}

need_address() {
	state
	[ -n "$state" ] || fail 1 "$name: there is no such instance" "scripts/incus_integration_vm.sh ensure"
	need_ours
	address=$(address 4 || address 6) || fail 1 "$name: has no address, it is $state" "scripts/incus_integration_vm.sh ensure"
}

# ssh_answers is true once an SSH server greets at the address.
ssh_answers() {
	# shellcheck disable=SC2016  # the inner bash expands it
	timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/22" && read -r line <&3 && [[ $line == SSH-2.0-* ]]' bash "$address"
}

# public_key sets $public_key to the one line of the key that may log in.
public_key() {
	local candidate
	key_file=${HOSTKIT_SSH_PUBLIC_KEY:-}
	if [ -z "$key_file" ]; then
		for candidate in "$HOME"/.ssh/id_{ed25519,ecdsa,rsa}.pub; do
			if [ -e "$candidate" ]; then
				key_file=$candidate
				break
			fi
		done
	fi
	[ -n "$key_file" ] ||
		fail 2 "no public key in $HOME/.ssh" "make one with ssh-keygen -t ed25519, or set HOSTKIT_SSH_PUBLIC_KEY"
	[ -r "$key_file" ] || fail 2 "HOSTKIT_SSH_PUBLIC_KEY: $key_file: can't be read"
	public_key=$(grep -m 1 -E '^(ssh|ecdsa|sk)-[^ ]+ [A-Za-z0-9+/=]+( |$)' "$key_file") ||
		fail 2 "HOSTKIT_SSH_PUBLIC_KEY: $key_file: holds no public key" "name the file that ends in .pub"
}

install() {
	local package=incus
	if is_lxd; then package=lxd; fi
	if command -v "$program" >/dev/null; then
		say "$program is here already"
		return
	fi
	command -v apt-get >/dev/null ||
		fail 1 "install: only apt-get is known here" "https://linuxcontainers.org/incus/docs/main/installing/"
	if [ "$(id -u)" -ne 0 ] && [ "${#root[@]}" -eq 0 ]; then
		fail 1 "install: needs root" "HOSTKIT_INCUS_SUDO=true calls apt-get through sudo"
	fi
	"${root[@]}" apt-get -q -y update >&2
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install "$package" >&2 ||
		fail 1 "install: apt-get could not install $package" \
			"Debian 12 has incus in bookworm-backports alone, and LXD (INCUS=lxc) in main"
	say "installed $package"
}

# admin calls what sets the daemon up: LXD has a program of its own for that.
admin() {
	if is_lxd; then
		"${root[@]}" "${program%lxc}lxd" "$@" </dev/null
	else
		call admin "$@"
	fi
}

init() {
	need_client
	admin waitready --timeout "$wait" >&2 ||
		fail 1 "$program: its daemon does not answer" "start it: systemctl start incus, or lxd for INCUS=lxc"
	local pools
	pools=$(call storage list --format csv) ||
		fail 1 "$program: does not answer" "may you use it? HOSTKIT_INCUS_SUDO=true calls it through sudo"
	if [ -n "$pools" ]; then
		say "$program has storage already"
		return
	fi
	admin init --minimal >&2 || fail 1 "$program: could not be given storage and a network"
	say "gave $program storage and a network"
}

launch() {
	local options=(--config "$mark") hint=
	if [ "$type" = vm ]; then options+=(--vm); fi
	if is_lxd && [[ $image == images:* ]]; then hint="images: serves Incus only; LXD has HOSTKIT_INCUS_IMAGE=ubuntu:24.04"; fi
	say "making $name from $image"
	call launch "$image" "$name" "${options[@]}" >&2 || fail 1 "$name: could not be made from $image" "$hint"
}

create() {
	need_client
	public_key
	state
	if [ -z "$state" ]; then
		launch
	else
		need_ours
		if [ "${state^^}" = RUNNING ] || [ "${state^^}" = READY ]; then
			say "$name is running already"
		else
			say "starting $name"
			call start "$name" >&2 || fail 1 "$name: could not be started"
		fi
	fi
	await "it runs commands" within 10 exec "$name" -- true
	prefer_ipv4_until=$((SECONDS + 20))
	await "it has an address" has_address
	say "letting root log in with $key_file"
	timeout 900 "${client[@]}" exec "$name" -- sh -s -- "$public_key" <"$prepare" >&2 ||
		fail 1 "$name: ssh could not be set up in it"
	trust
	await "ssh answers" ssh_answers
	say "$name is ready at $address"
}

# trust writes the instance's host keys, which come through Incus and not through
# the network, into a known_hosts of their own. A busy client may end before it has
# passed on all that was printed: the last line says that nothing is missing.
trust() {
	local keys
	for pause in 1 2 4 0; do
		keys=$(within 30 exec "$name" -- sh -c 'cat /etc/ssh/ssh_host_*_key.pub && echo all') || keys=
		if [ "${keys##*$'\n'}" = all ]; then break; fi
		keys=
		sleep "$pause"
	done
	[ -n "$keys" ] || fail 1 "$name: its host keys can't be read"
	(umask 077 && mkdir -p "$(dirname "$known_hosts")")
	awk -v name="$name" 'NF >= 2 { print name, $1, $2 }' <<<"$keys" >"$known_hosts.new"
	mv "$known_hosts.new" "$known_hosts"
}

# ssh_config names the host keys by an alias, since addresses come and go.
ssh_config() {
	need_client
	public_key
	need_address
	trust
	local identity=${key_file%.pub}
	# Without the private key's file ssh takes it from the agent.
	if ! [ -e "$identity" ]; then identity=$key_file; fi
	cat <<-CONFIG
		Host $name
		  HostName $address
		  User root
		  IdentityFile "$(realpath "$identity")"
		  IdentitiesOnly yes
		  HostKeyAlias $name
		  UserKnownHostsFile "$known_hosts"
		  StrictHostKeyChecking yes
	CONFIG
}

status() {
	need_client
	state
	if [ -z "$state" ]; then
		printf '%s: absent\n' "$name"
		return 1
	fi
	local owner=ours
	(need_ours) 2>/dev/null || owner="not ours"
	if ! address=$(address 4 || address 6); then
		printf '%s: %s, %s, no address\n' "$name" "${state,,}" "$owner"
		return 1
	fi
	if ! ssh_answers 2>/dev/null; then
		printf '%s: %s, %s, %s, ssh does not answer\n' "$name" "${state,,}" "$owner" "$address"
		return 1
	fi
	printf '%s: %s, %s, %s, ssh answers\n' "$name" "${state,,}" "$owner" "$address"
}

destroy() {
	need_client
	state
	if [ -z "$state" ]; then
		say "$name is absent already"
	else
		need_ours
		call delete --force "$name" >&2 || fail 1 "$name: could not be deleted"
		say "deleted $name"
	fi
	rm -f "$known_hosts"
}

if [ $# -eq 0 ]; then
	usage >&2
	exit 2
elif [ $# -gt 1 ]; then
	usage >&2
	fail 2 "'$2': one argument too many" "what the commands mind stands in the environment"
fi
case $1 in
-h | --help | help)
	usage
	exit 0
	;;
install | init | ensure | create | ip | ssh-config | status | destroy) ;;
*)
	usage >&2
	fail 2 "'$1': no such command"
	;;
esac
check_settings
case $1 in
ensure)
	need_client
	public_key
	init
	create
	;;
ip)
	need_client
	need_address
	printf '%s\n' "$address"
	;;
ssh-config) ssh_config ;;
*) "$1" ;;
esac
