#!/bin/bash
# Builds one layer on top of a base of rootfs.sh: dnf, rpm and a small package
# repository in place of apt, under the name of Fedora.
#   OUT/rootfs   the layer
# usage: dnf.sh OUT BASE
# The caller gives it a mount and a PID namespace of its own (base.go).
set -euo pipefail

out=$1
base=$2
root=$out/merged

say() { printf 'lab dnf: %s\n' "$*" >&2; }

if [ $$ -ne 1 ]; then
	say "not in a PID namespace of its own"
	exit 1
fi
mount --make-rprivate /
mount -t proc proc /proc
mkdir -p "$out/rootfs" "$out/work" "$root"
mount -t overlay overlay \
	-o "lowerdir=$base/index:$base/rootfs,upperdir=$out/rootfs,workdir=$out/work,redirect_dir=on,xino=auto" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

say "installing dnf"
chroot "$root" apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends dnf rpm createrepo-c >&2
chroot "$root" apt-get clean

# package NAME EPOCH VERSION RELEASE LINES: a package of one file, with further
# lines of its preamble and sections.
package() {
	mkdir -p "$root/srv/specs" "$root/srv/repo"
	cat >"$root/srv/specs/$1-$3-$4.spec" <<-SPEC
		Name: $1
		Epoch: $2
		Version: $3
		Release: $4
		Summary: a package of the lab
		License: none
		BuildArch: noarch
		AutoReqProv: no
		${5:-}
		%description
		A package of the lab.
		%install
		mkdir -p %{buildroot}/opt/lab
		echo $3-$4 >%{buildroot}/opt/lab/$1
		%files
		/opt/lab/$1
	SPEC
	chroot "$root" rpmbuild -bb --quiet --define '_topdir /srv/build' --define '_rpmdir /srv/repo' \
		"/srv/specs/$1-$3-$4.spec" >&2
}

say "making the repository"
package lab-one 0 1.0 1
package lab-one 0 1.1 1
package lab-one 0 2.0 1
package lab-epoch 2 1.0 3
package lab-needs 0 3.0 1 'Requires: lab-dep >= 1'
package lab-dep 0 1.0 1
package lab-rival 0 1.0 1 'Conflicts: lab-one'
package lab-heir 0 1.0 1 'Obsoletes: lab-epoch'
package lab-mailer-a 0 1.0 1 'Provides: lab-mail'
package lab-mailer-b 0 1.0 1 'Provides: lab-mail'
package lab-broken 0 1.0 1 'Requires: nowhere-to-be-had'
# The new version waits, with its files in place and the old ones still there,
# for somebody to write to a pipe.
package lab-slow 0 1.0 1
package lab-slow 0 2.0 1 '%post -p <lua>
local pipe = io.open("/run/lab-slow")
if pipe then pipe:read("*l"); pipe:close() end'
chroot "$root" createrepo_c -q /srv/repo
rm -rf "$root/srv/build"

mkdir -p "$root/etc/yum.repos.d"
printf '[lab]\nname=lab\nbaseurl=file:///srv/repo\ngpgcheck=0\n' >"$root/etc/yum.repos.d/lab.repo"
rm -f "$root/etc/os-release"
cat >"$root/etc/os-release" <<-'RELEASE'
	NAME="Fedora Linux"
	VERSION="40 (Container Image)"
	ID=fedora
	VERSION_ID=40
	PRETTY_NAME="Fedora Linux 40 (Container Image)"
RELEASE
chroot "$root" rpm --initdb
rm -f "$root"/usr/bin/apt* "$root"/usr/bin/dpkg*
rm -rf "$root"/var/cache/dnf "$root"/var/log/dnf* "$root"/tmp/*
umount "$root/dev" "$root/proc" "$root"
rm -rf "$out/work" "$root"
say "done"
