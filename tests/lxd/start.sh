#!/bin/bash
# Runs in a lab host with systemd, and starts LXD's daemon there, in a network
# namespace of its own: the bridge that it makes is to be seen by nobody else.
# usage: start.sh [daemon]
set -euo pipefail

if [ "${1:-}" = daemon ]; then
	# `ip netns exec` has made a mount namespace, and in it a sysfs as read-only as
	# the host's, without what is mounted below.
	mount -o remount,rw /sys
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	# A lab host may not write the settings of the kernel. LXD writes those of its
	# network namespace.
	umount /proc/sys/kernel/random/boot_id /proc/sys
	# It watches /dev, and wants that to be a mount point.
	mount --rbind /dev /dev
	exec lxd --group root
fi

mkdir -p /dev/net
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
# An instance is some ten thousand files, which memory takes in a tenth of the time.
mount -t tmpfs -o mode=711,size=2g tmpfs /var/lib/lxd
ip netns add lxd
ip netns exec lxd ip link set lo up
systemd-run --quiet --unit=lxd-of-lab -p Delegate=yes -p KillMode=process \
	ip netns exec lxd "$0" daemon
lxd waitready --timeout 60
