package e2e

import (
	"strings"
	"testing"

	"hostkit/tests/archive"
	"hostkit/tests/lab"
)

// aptSource makes a line the one that apt takes packages from.
func aptSource(line string) string {
	return "echo '" + line + "' >/etc/apt/sources.list"
}

// What goes wrong between apt and its archive is said in one line, with what to do.
func TestAptFailuresAreUnderstood(t *testing.T) {
	t.Parallel()
	const forget = "; rm -rf /var/lib/apt/lists/*; "
	for name, test := range map[string]struct {
		// before is done on the host before the plan is made, after when it is.
		before, after string
		wants         object
		says, hint    string
	}{
		"no network for the index": {
			aptSource("deb http://127.0.0.1:1/archive ./") + forget, "",
			packages(object{"name": "one", "as": "hk-one"}),
			"package_index:apt: the host can't reach its package archive: Could not connect to 127.0.0.1:1 (127.0.0.1)",
			"has the host a network, or does it need a proxy? then apply the same plan again",
		},
		"no name server": {
			aptSource("deb http://archive.invalid/debian ./") + forget, "",
			packages(object{"name": "one", "as": "hk-one"}),
			"package_index:apt: the host can't resolve archive.invalid",
			"has the host a network and a name server? then apply the same plan again",
		},
		"an index that is older than the archive": {
			"", "rm " + archive.Path + "/*.deb",
			packages("hk-one"),
			"package:hk-one: the package archive no longer has file:" + archive.Path + "/./",
			"the package index may be old: make the plan again with hk-plan --refresh-index",
		},
		"no space": {
			aptSource("deb [trusted=yes] copy:"+archive.Path+" ./") + "; apt-get -q update; mount -t tmpfs -o size=100k tmpfs /var/cache/apt/archives", "",
			packages("hk-large"),
			"package:hk-large: the host has not enough free space in /var/cache/apt/archives/",
			"apt-get clean on the host frees what apt has downloaded",
		},
		"no signature": {
			aptSource("deb file:"+archive.Path+" ./") + forget, "",
			packages(object{"name": "one", "as": "hk-one"}),
			"package_index:apt: the package archive file:" + archive.Path + " ./ Release does not have a Release file",
			"correct the host's apt sources",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newArchiveSite(t, true, lab.Options{})
			if test.before != "" {
				s.exec(test.before)
			}
			p := s.plan(test.wants)
			if test.after != "" {
				s.exec(test.after)
			}
			before := s.snapshot()
			o, report := s.apply(p)
			hint := "\nhk-apply: hint: " + test.hint + "\n"
			if o.exit != 1 || !strings.Contains(o.stderr, test.says) || !strings.HasSuffix(o.stderr, hint) {
				t.Errorf("it does not say %q and %q\n%s", test.says, test.hint, o)
			}
			if changed := packageDifferences(before.Diff(s.snapshot())); changed != nil || transactionOf(report) != nil {
				t.Errorf("it changed %q, and says %q", changed, transactionOf(report))
			}
		})
	}
}

// An index that was changed behind its signature is refused. The one that is
// changed here is Debian's own.
func TestAptRefusesAWrongSignature(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{})
	s.exec(`set -- /var/lib/apt/lists/*_InRelease
		mkdir -p /srv/mirror/dists/x
		sed 's/^Origin: .*/Origin: Somebody else/' "$1" >/srv/mirror/dists/x/InRelease
		rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/*
		echo 'deb file:/srv/mirror x main' >/etc/apt/sources.list`)
	p := s.plan(packages(object{"name": "jq", "as": "jq"}))
	o, _ := s.apply(p)
	if o.exit != 1 || !strings.Contains(o.stderr, "package_index:apt: signature of file:/srv/mirror") {
		t.Errorf("%s", o)
	}
}
