# shellcheck shell=bash disable=SC2154
# The layer of systemd: PID 1, logind and the bus between them.

add systemd systemd-sysv dbus libpam-systemd
rm -rf "$root"/etc/machine-id "$root"/var/lib/dbus/machine-id
# The machine's consoles, its audit and its kernel's file systems are none of a
# host's business.
for unit in getty.target getty@.service console-getty.service serial-getty@.service \
	systemd-journald-audit.socket systemd-remount-fs.service dev-hugepages.mount sys-fs-fuse-connections.mount; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
rm -rf "$root"/tmp/*
umount "$root/dev" "$root/proc" "$root"
rm -rf "$out/work" "$root"
say "done"
