# shellcheck shell=bash disable=SC2016,SC2154
# The layer of pacman, under the name of Arch Linux, with a small repository of
# its own.

add pacman-package-manager makepkg libarchive-tools zstd strace

# package NAME VERSION LINES SCRIPT: a package of one file, with further lines of
# its .PKGINFO, and its .INSTALL. As with Arch, base-devel has no file.
package() {
	local dir=$root/srv/build/$1-$2
	mkdir -p "$dir/opt/lab" "$root/srv/packages"
	[ "$1" = base-devel ] || echo "$2" >"$dir/opt/lab/$1"
	cat >"$dir/.PKGINFO" <<-INFO
		pkgname = $1
		pkgbase = $1
		pkgver = $2
		pkgdesc = a package of the lab
		url = https://example.org
		builddate = 1700000000
		packager = lab
		size = 4096
		arch = any
		license = none
		${3:-}
	INFO
	local files=(.PKGINFO)
	if [ -n "${4:-}" ]; then
		printf '%s\n' "$4" >"$dir/.INSTALL"
		files+=(.INSTALL)
	fi
	[ "$1" = base-devel ] || files+=(opt)
	chroot "$root" sh -ec 'cd "/srv/build/$1" && shift && LC_ALL=C bsdtar -czf .MTREE --format=mtree \
		--options="!all,use-set,type,uid,gid,mode,time,size,sha256,link" "$@" &&
		bsdtar -cf - .MTREE "$@" | zstd -q -f -o "/srv/packages/$0-any.pkg.tar.zst"' "$1-$2" "$1-$2" "${files[@]}"
}

# A package that waits, with its files in place, for somebody to write to a pipe.
waits='post_install() { if [ -p /run/lab-slow ]; then read -r _ </run/lab-slow; fi; }
post_upgrade() { post_install; }'

say "making the repository"
package lab-one 1.0-1
package lab-one 1.1-1
package lab-one 2.0-1
package lab-epoch 2:1.0-3
package lab-needs 3.0-1 'depend = lab-dep>=1'
package lab-dep 1.0-1
package lab-rival 1.0-1 'conflict = lab-one'
package lab-heir 1.0-1 'provides = lab-epoch
replaces = lab-epoch
conflict = lab-epoch'
package lab-mailer-a 1.0-1 'provides = lab-mail'
package lab-mailer-b 1.0-1 'provides = lab-mail=1.0'
package lab-sends 1.0-1 'depend = lab-mail'
package lab-broken 1.0-1 'depend = nowhere-to-be-had'
package lab-first 1.0-1 'group = lab-group'
package lab-second 1.0-1 'group = lab-group'
package lab-slow 1.0-1
package lab-slow 2.0-1 '' "$waits"
# A library that went on, and what was built with the new one.
package lab-library 1.0-1
package lab-library 2.0-1
package lab-user 2.0-1 'depend = lab-library'
package lab-app 2.0-1 'depend = lab-library>=2'
package base-devel 1-2 'depend = lab-dep'
rm -rf "$root/srv/build"

# The database has the newest of each name; the older ones are in the cache.
mkdir -p "$root/srv/repo" "$root/var/cache/pacman/pkg" "$root/var/lib/pacman/sync"
chroot "$root" sh -ec 'cd /srv/packages
	mv lab-one-1.* lab-slow-1.* lab-library-1.* /var/cache/pacman/pkg/
	mv -- *.pkg.tar.zst /srv/repo/
	repo-add -q /srv/repo/lab.db.tar.gz /srv/repo/*.pkg.tar.zst'
rm -rf "$root/srv/packages"
cat >"$root/etc/pacman.conf" <<-'CONF'
	[options]
	HoldPkg = pacman glibc
	Architecture = auto
	SigLevel = Never

	[lab]
	Server = file:///srv/repo
CONF
# pacman makes its local database, empty as it is, with the first transaction.
chroot "$root" pacman -Sy --noconfirm --noprogressbar lab-first >&2
chroot "$root" pacman -R --noconfirm --noprogressbar lab-first >&2
rm -rf "$root"/var/lib/pacman/sync/* "$root"/var/log/pacman.log "$root"/var/cache/pacman/pkg/lab-first*
finish <<-'RELEASE'
	NAME="Arch Linux"
	PRETTY_NAME="Arch Linux"
	ID=arch
	BUILD_ID=rolling
RELEASE
