# shellcheck shell=bash disable=SC2154
# The layer of zypper, under the name of openSUSE Leap.

add zypper rpm createrepo-c
# Where rpm's database is on openSUSE: Debian's rpm has one for each user.
mkdir -p "$root/etc/rpm"
rm -rf "$root/var/lib/rpm"
ln -s ../../usr/lib/sysimage/rpm "$root/var/lib/rpm"
printf '%%_dbpath /usr/lib/sysimage/rpm\n' >"$root/etc/rpm/macros"
repository
mkdir -p "$root/etc/zypp/repos.d" "$root/etc/products.d" "$root/var/cache/zypp" "$root/var/lib/zypp"
printf '[lab]\nname=the lab (%s)\nenabled=1\nautorefresh=0\nbaseurl=file:///srv/repo\ngpgcheck=0\n' \
	"\$releasever" >"$root/etc/zypp/repos.d/lab.repo"
cat >"$root/etc/products.d/Leap.prod" <<-'PRODUCT'
	<?xml version="1.0" encoding="UTF-8"?>
	<product schemeversion="0">
	  <vendor>openSUSE</vendor>
	  <name>Leap</name>
	  <version>15.6</version>
	  <release>1</release>
	  <arch>x86_64</arch>
	  <productline>Leap</productline>
	  <register><target/><flavor>dvd</flavor></register>
	  <summary>openSUSE Leap 15.6</summary>
	  <shortsummary>openSUSE Leap</shortsummary>
	  <description>The product of the lab.</description>
	</product>
PRODUCT
ln -s Leap.prod "$root/etc/products.d/baseproduct"
finish <<-'RELEASE'
	NAME="openSUSE Leap"
	VERSION="15.6"
	ID="opensuse-leap"
	ID_LIKE="suse opensuse"
	VERSION_ID="15.6"
	PRETTY_NAME="openSUSE Leap 15.6"
RELEASE
