#!/bin/sh
# Turns the process that host.go cloned into PID 1 of a lab host: mounts, root,
# then sshd, or systemd where there is a CGROUP. It runs in new mount, PID, UTS and
# IPC namespaces, and the kernel takes all of this down when the process dies.
# usage: init.sh DIR LOWERDIRS TMPFS_SIZE HOSTNAME CGROUP
# fd 3: "mounted" is written here; fd 4: a line is read here before sshd starts
set -eu

dir=$1 lower=$2 size=$3 name=$4 cgroup=$5
root=$dir/merged
disk=$dir/disk

mount --make-rprivate /
if [ -n "$size" ]; then
	mount -t tmpfs -o "size=$size,mode=755" tmpfs "$disk"
fi
mkdir -p "$disk/upper" "$disk/work"
# The upper folder's own mode is the mode of the host's "/".
chmod 755 "$disk/upper"
# Without redirect_dir rename(2) of a folder from a lower layer fails with
# EXDEV, which it does on no ordinary host; with xino inode numbers stay true
# when the upper layer is on another file system.
mount -t overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work,redirect_dir=on,xino=auto" overlay "$root"

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# The kernel's settings are the machine's, not this host's.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind "$dir/boot_id" "$root/proc/sys/kernel/random/boot_id"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
if [ -n "$cgroup" ]; then
	# What a cgroup namespace, and a mount in one, takes for the root is where its
	# maker is.
	echo 0 >"$cgroup/cgroup.procs"
	unshare --cgroup mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
fi
mount -t tmpfs -o mode=755,nosuid,nodev,size=256m tmpfs "$root/run"
mkdir -m 1777 "$root/run/lock"
mkdir -m 755 "$root/run/sshd"

mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"

hostname "$name"
cd "$root"
pivot_root . .
umount -l .
cd /

echo mounted >&3
read -r _ <&4
exec 3>&- 4<&-
# sshd hands its environment on to what it runs.
unset OLDPWD
if [ -n "$cgroup" ]; then
	# The machine's clock, kernel and logs stay its own.
	exec env container=lab setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-syslog,-audit_control,-audit_read \
		unshare --cgroup /lib/systemd/systemd --log-target=console --show-status=no </dev/null
fi
exec /usr/sbin/sshd -D -e </dev/null
