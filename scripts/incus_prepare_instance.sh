#!/bin/sh
# Runs as root inside a fresh instance: an SSH server that takes KEY for root, and no
# password of anybody. Does nothing the second time.
# usage: sh -s -- KEY <incus_prepare_instance.sh
set -eu

key=$1

say() { printf 'instance: %s\n' "$*" >&2; }

# with_systemd tells whether systemd is what runs here.
with_systemd() { [ -d /run/systemd/system ]; }

# booted waits until the boot has come to its end: units that are begun before may
# wait for ones that are not there yet. A boot with failed units is one too.
booted() {
	if with_systemd; then timeout 120 systemctl is-system-running --wait >/dev/null 2>&1 || true; fi
	if command -v cloud-init >/dev/null; then timeout 300 cloud-init status --wait >/dev/null 2>&1 || true; fi
}

# quietly COMMAND...: shows what it printed where it fails.
quietly() {
	if ! "$@" >/tmp/hostkit.log 2>&1 </dev/null; then
		tail -n 20 /tmp/hostkit.log >&2
		return 1
	fi
	rm -f /tmp/hostkit.log
}

# again COMMAND...: four times, since the network may come up a moment later.
again() {
	for pause in 2 4 8 0; do
		if quietly "$@"; then return; fi
		sleep "$pause"
	done
	return 1
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

install_server() {
	if [ -x /usr/sbin/sshd ]; then return; fi
	say "installing an SSH server"
	if command -v apt-get >/dev/null; then
		again apt -o APT::Update::Error-Mode=any update
		quietly apt install --no-install-recommends openssh-server
	elif command -v dnf >/dev/null; then
		again dnf -q -y install openssh-server
	elif command -v zypper >/dev/null; then
		again zypper -q -n install openssh-server
	elif command -v pacman >/dev/null; then
		again pacman -Sy --noconfirm --needed openssh
	elif command -v apk >/dev/null; then
		again apk add --no-progress openssh
	else
		say "has no SSH server, and no package manager that is known here"
		exit 1
	fi
}

# settings are put first: sshd takes the first of two.
settings='PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no'

configure_server() {
	file=/etc/ssh/sshd_config
	if grep -qsiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/' "$file"; then
		mkdir -p /etc/ssh/sshd_config.d
		file=/etc/ssh/sshd_config.d/00-hostkit.conf
	fi
	if grep -qsxF '# HostKit: login by key alone' "$file"; then return; fi
	{
		printf '# HostKit: login by key alone\n%s\n' "$settings"
		if [ -e "$file" ]; then cat "$file"; fi
	} >"$file.new"
	chmod 644 "$file.new"
	mv "$file.new" "$file"
	changed=yes
}

authorize() {
	umask 077
	mkdir -p /root/.ssh
	if ! grep -qsxF "$key" /root/.ssh/authorized_keys; then
		printf '%s\n' "$key" >>/root/.ssh/authorized_keys
	fi
}

# start_server begins it now and at each boot, and again where its settings changed.
start_server() {
	if with_systemd; then
		unit=sshd
		if systemctl cat ssh.service >/dev/null 2>&1; then unit=ssh; fi
		# Ubuntu's is begun by whoever connects; two that begin it are one too many.
		begin=$unit.service
		if systemctl is-enabled -q "$unit.socket" 2>/dev/null; then begin=$unit.socket; fi
		systemctl enable -q --now "$begin"
		if [ -n "$changed" ]; then systemctl try-restart "$unit.service"; fi
	elif command -v rc-service >/dev/null; then
		rc-update -q add sshd default
		rc-service -q sshd start
		if [ -n "$changed" ]; then rc-service -q sshd restart; fi
	else
		say "can't start sshd: neither systemd nor OpenRC is here"
		exit 1
	fi
}

# key_only makes sure of it: what sshd says is what counts, not what was written.
key_only() {
	mkdir -p /run/sshd
	if ! /usr/sbin/sshd -T 2>/dev/null | grep -qx 'passwordauthentication no'; then
		say "sshd still takes passwords"
		exit 1
	fi
}

changed=
booted
install_server
configure_server
authorize
ssh-keygen -A >/dev/null
key_only
start_server
