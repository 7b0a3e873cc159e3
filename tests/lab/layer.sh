# shellcheck shell=bash
# Begins a layer on top of a base of rootfs.sh, with another package manager in
# place of apt; base.go puts the script of the layer behind this one.
#   OUT/rootfs   the layer
# usage: bash -c LAYER build OUT BASE
# The caller gives it a mount and a PID namespace of its own.
set -euo pipefail

out=$1
base=$2
root=$out/merged

say() { printf 'lab layer: %s\n' "$*" >&2; }

if [ $$ -ne 1 ]; then
	say "not in a PID namespace of its own"
	exit 1
fi
mount --make-rprivate /
mount -t proc proc /proc
mkdir -p "$out/rootfs" "$out/work" "$root"
mount -t overlay overlay \
	-o "lowerdir=$base/whole:$base/rootfs,upperdir=$out/rootfs,workdir=$out/work,redirect_dir=on,xino=auto" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

# add PACKAGE...: installs with apt what the layer is made of.
add() {
	say "installing $*"
	chroot "$root" apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >&2
	chroot "$root" apt-get clean
}

# finish: takes apt away; os-release(5) is read from stdin.
finish() {
	rm -f "$root/etc/os-release"
	cat >"$root/etc/os-release"
	rm -f "$root"/usr/bin/apt* "$root"/usr/bin/dpkg*
	rm -rf "$root"/tmp/*
	umount "$root/dev" "$root/proc" "$root"
	rm -rf "$out/work" "$root"
	say "done"
}
