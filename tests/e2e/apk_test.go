package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// apkStandIn is no apk: it keeps apk's files as apk would for a repository without
// dependencies, /srv/apk with lines "NAME VERSION", the newest first, and prints
// what apk prints. What the real one says stands in pkg/manager/testdata/apk.
const apkStandIn = `#!/bin/sh
db=/lib/apk/db/installed world=/etc/apk/world
command=$1
shift
have() { awk -v p="P:$1" '$0 == p { getline; print substr($0, 3) }' "$db"; }
offered() { [ -e /var/cache/apk/APKINDEX.1.tar.gz ] && awk -v n="$1" '$1 == n { print $2 }' /srv/apk; }
drop() { awk -v RS= -v ORS='\n\n' -v p="P:$1" 'index($0 "\n", "\n" p "\n") == 0' "$db" >/srv/db && cat /srv/db >"$db"; }
ask() { grep -v "^!*$1\([=@].*\)*$" "$world" >/srv/world; [ -z "$2" ] || echo "$2" >>/srv/world; cat /srv/world >"$world"; }
case $command in
update)
	: >/var/cache/apk/APKINDEX.1.tar.gz
	echo 'OK: 3 distinct packages available'
	;;
policy)
	for name; do
		versions=$(offered "$name")
		[ -n "$versions" ] || continue
		echo "$name policy:"
		for version in $versions; do printf '  %s:\n    https://dl-cdn.example.org/alpine/v3.22/main\n' "$version"; done
	done
	;;
add | del)
	simulate=
	while :; do
		case $1 in
		--simulate) simulate=yes && shift ;;
		--no-network) shift ;;
		--cache-max-age) shift 2 ;;
		*) break ;;
		esac
	done
	[ -n "$simulate" ] || echo "$command $*" >>/srv/calls
	for word; do
		name=${word#!}
		name=${name%%=*}
		had=$(have "$name")
		if [ "$command" = del ] || [ "$word" != "${word#!}" ]; then
			[ -z "$had" ] || echo "(1/1) Purging $name ($had)"
			[ -n "$simulate" ] || { drop "$name" && ask "$name" "$([ "$command" = del ] || echo "$word")"; }
			continue
		fi
		version=$had
		case $word in *=*) version=${word#*=} ;; esac
		[ -n "$version" ] || version=$(offered "$name" | head -n 1)
		if [ "$version" != "$had" ] && ! offered "$name" | grep -qx "$version"; then
			printf 'ERROR: unable to select packages:\n  %s (no such package):\n    required by: world[%s]\n' "$name" "$word" >&2
			exit 1
		fi
		if [ -z "$had" ]; then
			echo "(1/1) Installing $name ($version)"
		elif [ "$had" != "$version" ]; then
			does=Upgrading
			[ "$(printf '%s\n' "$had" "$version" | sort -V | head -n 1)" = "$had" ] || does=Downgrading
			echo "(1/1) $does $name ($had -> $version)"
		fi
		[ -n "$simulate" ] || {
			drop "$name"
			printf 'C:Q1x=\nP:%s\nV:%s\nA:x86_64\nF:usr\n\n' "$name" "$version" >>"$db"
			ask "$name" "$word"
		}
	done
	echo 'OK: 8 MiB in 15 packages'
	;;
esac
`

func newApkSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, lab.Options{Files: []lab.File{
		{Path: "/usr/sbin/apk", Content: apkStandIn, Mode: 0o755},
		{Path: "/etc/os-release", Content: "ID=alpine\nVERSION_ID=3.22.1\n"},
		{Path: "/etc/apk/arch", Content: "x86_64\n"},
		{Path: "/etc/apk/world", Content: "musl\n"},
		{Path: "/etc/apk/repositories", Content: "https://dl-cdn.example.org/alpine/v3.22/main\n"},
		{Path: "/lib/apk/db/installed", Content: "C:Q1x=\nP:musl\nV:1.2.5-r10\nA:x86_64\nF:lib\n\n"},
		{Path: "/lib/apk/db/lock"},
		{Path: "/var/cache/apk/.keep"},
		{Path: "/srv/apk", Content: "musl 1.2.5-r10\njq 1.8.1-r0\njq 1.7.1-r0\ntree 2.2.1-r0\n"},
		{Path: "/srv/calls"},
	}})
}

// From a container without an index on, each state follows from the one before,
// and every second plan is empty. A version stays in world only for a hold.
func TestApkTakesAHostFromStateToState(t *testing.T) {
	t.Parallel()
	s := newApkSite(t)
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		world             string
	}{
		{
			"an exact version, the index fetched first", packages(pack("jq", "version", "1.7.1-r0")),
			[]string{"create package_index:apk missing", "create package:jq missing"},
			[]string{"jq 1.7.1-r0"},
			"musl\njq\n",
		},
		{"any version: the old one will do", packages(pack("jq")), nil, nil, "musl\njq\n"},
		{
			"held as it is", packages(object{"name": "jq", "as": "jq", "hold": true}),
			[]string{"update package:jq not held"},
			[]string{"jq (held)"},
			"musl\njq=1.7.1-r0\n",
		},
		{
			"the latest, held again", packages(object{"name": "jq", "as": "jq", "state": "latest", "hold": true}),
			[]string{"update package:jq outdated"},
			[]string{"jq (held)", "jq 1.8.1-r0"},
			"musl\njq=1.8.1-r0\n",
		},
		{
			"let go of", packages(object{"name": "jq", "as": "jq", "hold": false}),
			[]string{"update package:jq held"},
			[]string{"jq (released)"},
			"musl\njq\n",
		},
		{
			"one for another at once", packages(pack("jq", "state", "absent"), pack("tree")),
			[]string{"create package:tree missing", "delete package:jq not wanted"},
			[]string{"jq (removed)", "tree 2.2.1-r0"},
			"musl\ntree\n",
		},
		{
			"a removal", packages(pack("tree", "state", "absent")),
			[]string{"delete package:tree not wanted"},
			[]string{"tree (removed)"},
			"musl\n",
		},
	} {
		p := s.plan(step.wants)
		got := changesOf(p)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(step.plan))
		if !slices.Equal(got, want) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, want, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q\n%s", step.name, got, step.transaction, s.exec("cat /srv/calls"))
		}
		if got := s.exec("cat /etc/apk/world"); got != step.world {
			t.Errorf("%s: world is %q, want %q\n%s", step.name, got, step.world, s.exec("cat /srv/calls"))
		}
		s.mustHaveNoChange(step.wants)
	}
}

// What can't be is refused in one line, before anything is changed.
func TestApkRefusals(t *testing.T) {
	t.Parallel()
	s := newApkSite(t)
	s.exec("apk update; echo 'musl=1.2.5-r10' >/etc/apk/world")
	for name, test := range map[string]struct {
		wants object
		says  string
	}{
		"no such package":      {packages(pack("lab-none")), "the host's package index has no lab-none"},
		"no such version":      {packages(pack("jq", "version", "9-r0")), "the host's package index has no version 9-r0 of jq"},
		"a version, no number": {packages(pack("jq", "version", "1.7.1")), "has no revision"},
		"held on the host":     {packages(pack("musl", "version", "1.2.5-r9")), "musl"},
	} {
		o := s.run(s.facts(test.wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), test.says) {
			t.Errorf("%s: does not say %q:\n%s", name, test.says, o)
		}
	}
	if got := s.exec("cat /srv/calls"); got != "" {
		t.Errorf("apk was called:\n%s", got)
	}
}
