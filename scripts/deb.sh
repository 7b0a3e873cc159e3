#!/usr/bin/env bash
# Builds a Debian package of the commands, their man pages and completions. It
# depends on nothing: the binaries are static. The same commit gives the same bytes.
# usage: deb.sh FOLDER [ARCHITECTURE]
#   ARCHITECTURE  amd64 or arm64; that of this machine where none is named
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	printf 'usage: deb.sh FOLDER [ARCHITECTURE]\n' >&2
	exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
architecture=${2:-$(dpkg --print-architecture)}
cd "$(dirname "$0")/.."

# A package of no Debian revision has no hyphen in its version.
version=$(bash scripts/version.sh | sed 's/-/+/; s/-/./g')
SOURCE_DATE_EPOCH=$(bash scripts/version.sh --epoch) # dpkg-deb reads it
export SOURCE_DATE_EPOCH
authors='The HostKit authors <hostkit@localhost.localdomain>'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
root=$work/root
pages=$root/usr/share/doc/hostkit

bash scripts/build.sh "linux/$architecture" "$work/bin"
bash scripts/install.sh --zsh share/zsh/vendor-completions "$work/bin" "$root/usr"
mkdir -p "$pages" "$root/DEBIAN"
cp README.md CHANGELOG.md "$pages"
{
	cat <<-COPYRIGHT
		Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
		Upstream-Name: HostKit
		Comment: The binaries are linked from HostKit, Go's standard library and some
		 modules of others, whose licences are in /usr/share/doc/hostkit/LICENSES.gz.

		Files: *
		Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE)
		License: Expat
	COPYRIGHT
	sed '1,/^Copyright/d; s/^$/./; s/^/ /' LICENSE | sed 1d
} >"$pages/copyright"
cat >"$pages/changelog" <<CHANGELOG
hostkit ($version) unstable; urgency=medium

  * What has changed for users is told in CHANGELOG.md, beside this file.

 -- $authors  $(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")
CHANGELOG
bash scripts/licences.sh "linux/$architecture" >"$pages/LICENSES"
find "$root/usr/share/man" "$pages/changelog" "$pages/LICENSES" "$pages/CHANGELOG.md" -type f -print0 | xargs -0 gzip -9n

cat >"$root/DEBIAN/control" <<CONTROL
Package: hostkit
Version: $version
Architecture: $architecture
Maintainer: $authors
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Suggests: bash-completion, openssh-client
Section: admin
Priority: optional
Description: make Linux hosts what one file says, over SSH
 One JSON or Jsonnet file says what hosts should be. HostKit looks what they
 are, writes down the exact difference as a plan that a person reads, and
 makes that difference or refuses. Nothing is installed on the hosts.
CONTROL
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
# dpkg-deb clamps times to SOURCE_DATE_EPOCH; what is older differs by machine.
find "$root" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz -z0 --build "$root" "$out/hostkit_${version}_$architecture.deb"
