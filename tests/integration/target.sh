#!/bin/sh
# What the suite itself does on a target, as root: look, claim it, list what is
# there, and put everything back. Nothing here owes anything to HostKit's code.
# It runs on any POSIX shell with GNU coreutils or BusyBox.
# usage: target.sh look PACKAGE... | claim PID OWNER | list | back
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export DEBIAN_FRONTEND=noninteractive

top=/srv/hostkit-integration
own=$top/.run
ours="/var/lib/hostkit /run/hostkit"
caches="/var/cache/apt/archives /var/cache/dnf /var/cache/libdnf5 /var/cache/zypp/packages /var/cache/pacman/pkg"

manager() {
	for m in apt-get dnf zypper pacman apk; do
		if command -v "$m" >/dev/null 2>&1; then
			echo "$m"
			return
		fi
	done
	echo none
}

# packages lists what is installed, "name version" a line.
packages() {
	case $(manager) in
	apt-get) dpkg-query -W -f '${Package}:${Architecture} ${Version} ${db:Status-Abbrev}\n' ;;
	dnf | zypper) rpm -qa --qf '%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE}.%{ARCH}\n' ;;
	pacman) pacman -Q ;;
	apk) apk info -v ;;
	esac | sort
}

# has PACKAGE: whether the manager knows anything of it.
has() {
	case $(manager) in
	apt-get) dpkg-query -W "$1" ;;
	dnf | zypper) rpm -q "$1" ;;
	pacman) pacman -Q "$1" ;;
	apk) apk info -e "$1" ;;
	esac >/dev/null 2>&1
}

cached() {
	for c in $caches; do
		if [ -d "$c" ]; then find "$c" -type f; fi
	done | sort
}

# started PID: when that process began, in ticks since the boot; nothing without it.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# held: whether the run that has claimed the target is still there.
held() {
	[ -f "$own/holder" ] || return 1
	read -r pid since boot <"$own/holder" || return 1
	[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$since" = "$(started "$pid")" ]
}

look() {
	(
		# shellcheck source=/dev/null
		. /etc/os-release
		echo "os ${ID:-unknown} ${VERSION_ID:-}"
	)
	echo "arch $(uname -m)"
	echo "manager $(manager)"
	if command -v python3 >/dev/null 2>&1; then echo "python3 yes"; fi
	if [ -e "$own" ]; then
		if held; then echo "claim held"; else echo "claim left"; fi
	fi
	for p in "$top" $ours; do
		if [ -e "$p" ] || [ -L "$p" ]; then echo "there $p"; fi
	done
	for p in "$@"; do
		if ! has "$p"; then echo "lacks $p"; fi
	done
}

# claim PID OWNER: makes the folder of the run, which only one can, and what it
# finds there. OWNER is who logs in, and may write into one folder of it.
claim() {
	mkdir "$top"
	mkdir "$own" "$own/ansible"
	chown "$2" "$own/ansible"
	echo "$1 $(started "$1") $(cat /proc/sys/kernel/random/boot_id)" >"$own/holder"
	packages >"$own/packages"
	cached >"$own/cached"
	echo 'what somebody else has put here' >"$top/found"
	chmod 0600 "$top/found"
}

# list prints what is there: the packages, each path with its mode, owner, size,
# time and target, and the digests of contents. The run's own folder is left out.
list() {
	packages | sed 's/^/package /'
	# A path may not be there, or vanish while it is looked at.
	{
		find /etc /usr -xdev -exec stat -c 'path %f|%u:%g|%s|%Y|%N' {} + || :
		find /opt /root /srv -xdev -maxdepth 3 -path "$own" -prune -o -exec stat -c 'path %f|%u:%g|%s|%Y|%N' {} + || :
		find /var/lib /var/tmp /run/hostkit -xdev -maxdepth 1 -exec stat -c 'path %f|%u:%g|||%N' {} + || :
		find /tmp -maxdepth 1 \( -name '*hostkit*' -o -name 'hk-*' -o -name '*ansible*' \) -exec stat -c 'path %f|%u:%g|||%N' {} + || :
		find /etc -xdev -type f -exec sha256sum {} + | sed 's/^/content /'
		find "$top" -path "$own" -prune -o -type f -exec sha256sum {} + | sed 's/^/content /'
	} 2>/dev/null
}

# more FILE FILE: the lines of the second that the first has not; both are sorted.
more() { comm -13 "$1" "$2"; }

remove() {
	case $(manager) in
	apt-get)
		dpkg --configure -a
		apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 purge "$@"
		;;
	dnf) dnf -q -y remove "$@" ;;
	zypper) zypper -q -n remove "$@" ;;
	pacman) pacman -R --noconfirm "$@" ;;
	apk) apk del -q "$@" ;;
	esac
}

# busy: whether an apply of HostKit's that was cut off is still at work here. Each
# of these files begins with the process that made it, and when that began.
busy() {
	for l in /run/hostkit/lock.*; do
		if read -r pid since _ 2>/dev/null <"$l" && [ -n "$since" ] && [ "$since" = "$(started "$pid")" ]; then return 0; fi
	done
	return 1
}

# idle waits for its end, up to five minutes.
idle() {
	n=0
	while busy && [ $n -lt 300 ]; do
		n=$((n + 1))
		sleep 1
	done
}

# back takes away what a run has made, whether that has ended or not. Twice does no
# harm; where no run has claimed the target nothing is done.
back() {
	[ -d "$own" ] || return 0
	idle
	packages | cut -d' ' -f1 >"$own/now"
	cut -d' ' -f1 "$own/packages" >"$own/before"
	set --
	for p in $(more "$own/before" "$own/now"); do set -- "$@" "$p"; done
	if [ $# -gt 0 ]; then
		echo "removing $*" >&2
		remove "$@" >&2 </dev/null
	fi
	cached >"$own/now"
	more "$own/cached" "$own/now" | while IFS= read -r f; do rm -f "$f"; done
	# A claim is made only where neither was.
	for p in $ours; do rm -rf "$p"; done
	rm -rf "$top"
}

command=$1
shift
"$command" "$@"
