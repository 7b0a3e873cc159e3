#!/bin/bash
# Builds the read-only layers that lab hosts stand on:
#   OUT/rootfs   a Debian of this machine's release, its package index empty
#   OUT/whole    what `apt-get update` adds to that, as an overlay layer
#   OUT/index    the same of some packages alone: with the whole of Debian's index
#                each apt-get takes seven times as long
# usage: rootfs.sh OUT <NAMES
# NAMES are the packages that OUT/index is to know, beside what they need and what
# is installed.
# The caller gives it a mount and a PID namespace of its own (base.go), so that
# a killed build leaves neither a mount nor a process.
set -euo pipefail

out=$1
root=$out/rootfs
packages=openssh-server,sudo,opendoas,ca-certificates,iproute2,busybox,dash,bash,fish,tcsh

say() { printf 'lab rootfs: %s\n' "$*" >&2; }

if [ $$ -ne 1 ]; then
	say "not in a PID namespace of its own: use hk-lab rootfs"
	exit 1
fi
# Nothing that is run below may take what stands on stdin for its own.
mapfile -t names
exec </dev/null

mount --make-rprivate /
mount -t proc proc /proc

# The mirror is whatever apt on this machine takes its own release from.
# shellcheck source=/dev/null
codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
# shellcheck disable=SC2016  # apt expands these, not the shell
mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v c="$codename" '$1 == c && $2 == "main" { print $3; exit }')
if [ -z "$mirror" ]; then
	say "no apt source on this machine offers $codename main"
	exit 1
fi

mkdir -p "$root"
say "debootstrap $codename"
debootstrap --variant=minbase --include="$packages" "$codename" "$root" "$mirror" >&2

copy() { # keep the path of a file of this machine
	if [ -e "$1" ]; then
		mkdir -p "$root$(dirname "$1")"
		cp -L --preserve=mode,timestamps "$1" "$root$1"
	fi
}

say "copying this machine's apt sources"
rm -f "$root/etc/apt/sources.list"
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	copy "$f"
	if [ -e "$f" ]; then
		# Deb822 says "Signed-By: PATH", one-line sources "[signed-by=PATH]".
		{ grep -iEo 'signed-by[:=][[:space:]]*/[^] ,]+' "$f" || true; } |
			sed 's,^[^/]*,,' | sort -u | while read -r keyring; do copy "$keyring"; done
	fi
done

# Only what reaches the registry is taken from this machine's apt settings. A
# container image's own (docker-clean and the like) switch apt's caches off,
# which no ordinary host does.
settings=$(apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|Retries|ForceIPv[46]|(http|https)(::[^ ]*)?) ' || true)
{
	printf '%s\n' "$settings"
	# Translations are half of the download and nothing here reads them.
	printf 'Acquire::Languages "none";\n'
	for scheme in http https; do
		name=${scheme}_proxy
		if [ -n "${!name:-}" ]; then printf 'Acquire::%s::Proxy "%s";\n' "$scheme" "${!name}"; fi
	done
} >"$root/etc/apt/apt.conf.d/99lab"
{ grep -E '::(CaInfo|CaPath|SslCert|SslKey|IssuerCert) ' <<<"$settings" || true; } |
	sed -n 's/^[^"]*"\(.*\)";$/\1/p' | while read -r f; do copy "$f"; done
if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
	cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
	chroot "$root" update-ca-certificates >&2
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"

printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# Each host makes its own identity.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
# Hosts use debootstrap's device nodes as they are, but have terminals of their
# own, and this machine's console is none of their business.
rm -f "$root/dev/console" "$root/dev/ptmx"
ln -s pts/ptmx "$root/dev/ptmx"
# A login creates these; being there already keeps /var/log's own times still.
install -m 664 -o root -g 43 /dev/null "$root/var/log/wtmp"
install -m 660 -o root -g 43 /dev/null "$root/var/log/btmp"
install -m 664 -o root -g 43 /dev/null "$root/var/log/lastlog"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/tmp/* "$root"/run/*

# into LAYER COMMAND...: runs a command in the host, which writes to the layer.
into() {
	local layer=$1
	shift
	mkdir -p "$layer" "$out/work" "$out/merged"
	mount -t overlay overlay -o "lowerdir=$root,upperdir=$layer,workdir=$out/work" "$out/merged"
	mount -t proc proc "$out/merged/proc"
	# apt warns without /dev/null; the machine's own is safe to lend for a moment.
	mount --bind /dev "$out/merged/dev"
	chroot "$out/merged" "$@"
	umount "$out/merged/dev" "$out/merged/proc" "$out/merged"
	rm -rf "$layer/tmp" "$out/work" "$out/merged"
}

say "fetching the package index"
into "$out/whole" apt-get -q -o APT::Update::Error-Mode=any update >&2

say "taking some packages of it"
# shellcheck disable=SC2016  # dpkg-query expands this, not the shell
mapfile -t -O "${#names[@]}" names < <(chroot "$root" dpkg-query --show --showformat='${Package}\n')
into "$out/whole" apt-cache depends --recurse --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
	"${names[@]}" | grep '^[a-z0-9]' | sort -u >"$out/some"
cp -a "$out/whole" "$out/index"
rm "$out"/index/var/cache/apt/*.bin
for lists in "$out"/whole/var/lib/apt/lists/*_Packages; do
	awk 'NR == FNR { some[$1]; next } /^Package: / { keep = $2 in some } keep' "$out/some" "$lists" \
		>"$out/index/var/lib/apt/lists/${lists##*/}"
done
rm "$out/some"
into "$out/index" apt-cache gencaches
say "done"
