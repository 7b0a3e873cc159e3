# shellcheck shell=bash disable=SC2154
# The layer of LXD: its daemon and its client, and /srv/image with the two files that
# `lxc image import` takes, which are made of what is here before those are installed.
# The layer of systemd goes on from here.

# The image is like those that others make: systemd and udev, an address by DHCP,
# Python, and no SSH server. networkd waits for udev wherever /sys can be written,
# which LXD lets it be.
add systemd systemd-sysv dbus libpam-systemd udev python3-apt

image=$out/image
mkdir -p "$image/upper" "$image/work" "$image/merged"
umount "$root/dev" "$root/proc"
mount -t overlay -o "lowerdir=$root,upperdir=$image/upper,workdir=$image/work" overlay "$image/merged"
mount -t proc proc "$image/merged/proc"
chroot "$image/merged" apt-get -q -y -o Dpkg::Use-Pty=0 purge openssh-server >&2
chroot "$image/merged" systemctl enable -q systemd-networkd.service
umount "$image/merged/proc"
printf '[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n' >"$image/merged/etc/systemd/network/eth0.network"
: >"$image/merged/etc/machine-id"
# Its name and its identity are each instance's own; the rest is half of the bytes, and
# nothing reads it.
rm -rf "$image"/merged/etc/hostname "$image/merged/var/lib/dbus/machine-id" "$image"/merged/usr/share/{doc,locale,man} \
	"$image"/merged/var/lib/apt/lists/* "$image"/merged/var/cache/apt/*.bin
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

add lxd lxd-client squashfs-tools nftables dnsmasq-base slirp4netns
# systemd would start it in this machine's network, where its bridge has no place.
for unit in lxd.service lxd.socket lxd-containers.service lxcfs.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir "$root/srv/image"
mount --bind "$image/merged" "$root/mnt"
chroot "$root" mksquashfs /mnt /srv/image/rootfs.squashfs -no-progress -comp zstd -Xcompression-level 1 >&2
umount "$root/mnt" "$image/merged"
printf 'architecture: %s\ncreation_date: 1700000000\nproperties:\n  description: Debian of the lab\n' \
	"$(uname -m)" >"$image/metadata.yaml"
tar -C "$image" -cf "$root/srv/image/metadata.tar" metadata.yaml
rm -rf "$image"
