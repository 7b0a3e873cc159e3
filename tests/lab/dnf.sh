# shellcheck shell=bash disable=SC2154
# The layer of dnf, under the name of Fedora.

add dnf rpm createrepo-c dnf-plugins-core
# Debian enables a plugin that Fedora has in a package of its own; it wants a
# repository that is not there.
rm -f "$root/etc/dnf/plugins/local.conf" "$root/usr/lib/python3/dist-packages/dnf-plugins/local.py"
repository
mkdir -p "$root/etc/yum.repos.d"
printf '[lab]\nname=lab\nbaseurl=file:///srv/repo\ngpgcheck=0\n' >"$root/etc/yum.repos.d/lab.repo"
rm -rf "$root"/var/cache/dnf "$root"/var/log/dnf*
finish <<-'RELEASE'
	NAME="Fedora Linux"
	VERSION="40 (Container Image)"
	ID=fedora
	VERSION_ID=40
	PRETTY_NAME="Fedora Linux 40 (Container Image)"
RELEASE
