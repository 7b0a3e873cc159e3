# shellcheck shell=bash disable=SC2154
# The package repository of the layers whose packages are those of rpm; base.go
# puts it between layer.sh and the script of the layer.

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

# repository: makes the packages and an index of them, in /srv/repo.
repository() {
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
	chroot "$root" rpm --initdb
}
