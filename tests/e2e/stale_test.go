package e2e

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// moves are what somebody else does between plan and apply, and what both sides
// of the change then are.
var moves = []struct {
	name, meanwhile string
	kind            string
	want            object
	planned, found  side
}{
	{
		"a file has other content", "echo theirs >/srv/old", "file",
		object{"content": "ours\n"},
		side{State: "present", Digest: "sha256:" + sum("old\n")},
		side{State: "present", Digest: "sha256:" + sum("theirs\n")},
	},
	{
		"a file has another mode", "chmod 0600 /srv/old", "file",
		object{"content": "ours\n", "mode": "0640"},
		side{State: "present", Mode: "0644"},
		side{State: "present", Mode: "0600"},
	},
	{
		"a file belongs to somebody else", "chown daemon /srv/old", "file",
		object{"content": "old\n", "owner": "nobody"},
		side{State: "present", Owner: "root"},
		side{State: "present", Owner: "daemon"},
	},
	{
		"a file is a link now", "mv /srv/old /srv/target; ln -s target /srv/old", "file",
		object{"content": "ours\n"},
		side{State: "present", Type: "file"},
		side{State: "present", Type: "symlink"},
	},
	{
		"a file is a folder now", "rm /srv/old; mkdir /srv/old", "file",
		object{"content": "ours\n"},
		side{State: "present", Type: "file"},
		side{State: "present", Type: "directory"},
	},
	{
		"a file to be removed has other content", "echo theirs >/srv/old", "file",
		object{"state": "absent"},
		side{State: "present", Digest: "sha256:" + sum("old\n")},
		side{State: "present", Digest: "sha256:" + sum("theirs\n")},
	},
	{
		"a file is gone", "rm /srv/old", "file",
		object{"content": "ours\n"},
		side{State: "present", Type: "file"},
		side{State: "absent"},
	},
	{
		"a new folder's name is taken by a file", "echo x >/srv/new", "directory",
		object{},
		side{State: "absent"},
		side{State: "present", Type: "file"},
	},
	{
		"a new link leads elsewhere already", "ln -s theirs /srv/new", "symlink",
		object{"to": "ours"},
		side{State: "absent"},
		side{State: "present", Type: "symlink", To: "theirs"},
	},
}

// Between plan and apply somebody else was there. What a change is about must be
// as the plan found it; otherwise it is named with both sides, and nothing at all
// is touched: not even what could have been done.
func TestAHostThatMovedOnIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	for _, c := range moves {
		s.exec("rm -rf /srv; mkdir /srv; echo old >/srv/old")
		path := "/srv/old"
		if c.planned.State == "absent" {
			path = "/srv/new"
		}
		sections := map[string]string{"file": "files", "directory": "directories", "symlink": "symlinks"}
		wants := object{"directories": object{"/srv/other": object{}}, "files": object{}, "symlinks": object{}}
		wants[sections[c.kind]].(object)[path] = c.want
		p := s.plan(wants)
		s.exec(c.meanwhile)
		s.mustBeStale(c.name, p, c.kind+":"+path, c.planned, c.found)
	}
}

// mustBeStale fails unless the apply is refused for one reason and touches
// nothing.
func (s *site) mustBeStale(name string, p planned, what string, planned, found side) {
	s.Helper()
	before := s.snapshot()
	o, report := s.apply(p)
	fail := func(why string) { s.Errorf("%s: %s\n%s\n--- plan\n%s", name, why, o, abridged(p.raw)) }
	if o.exit != 5 || report.Status != doc.StatusStale || report.Error == nil || report.Error.Exit != 5 {
		fail("it is not refused as stale")
		return
	}
	if !strings.Contains(o.stderr, what) || !strings.Contains(o.stderr, "nothing was changed") {
		fail("the message does not name " + what)
	}
	if len(report.Stale) != 1 || report.Stale[0].What != what {
		fail("the report does not name " + what + " alone")
		return
	}
	if m := report.Stale[0]; !within(planned, sideOf(m.Planned)) || !within(found, sideOf(m.Found)) {
		fail("the two sides are not as they were")
	}
	if slices.ContainsFunc(report.Changes, func(c doc.ChangeReport) bool { return c.Status != doc.ChangeNotReached }) {
		fail("a change was reached")
	}
	s.mustBeUnchanged(before, name)
}

// within reports whether side has all that want says.
func within(want, side side) bool {
	same := func(want, got any) bool { return want == nil || want == "" || want == got }
	return same(want.State, side.State) && same(want.Type, side.Type) && same(want.Digest, side.Digest) &&
		same(want.Mode, side.Mode) && same(want.Owner, side.Owner) && same(want.To, side.To) && same(want.Version, side.Version)
}

func TestAPackageThatMovedOnIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one=1.0")
	p := s.plan(object{
		"packages": []any{object{"name": "hk-one", "version": "1.1"}}, "directories": object{"/srv/other": object{}},
	})
	s.exec("dpkg --purge hk-one")
	s.mustBeStale("a package is gone", p, "package:hk-one", side{State: "present", Version: "1.0"}, side{State: "absent"})

	p = s.plan(object{"packages": []any{object{"name": "hk-one", "version": "1.1"}}, "directories": object{"/srv/other": object{}}})
	s.exec("apt-get -q -y install hk-one=1.0")
	s.mustBeStale("a package has another version", p, "package:hk-one", side{State: "absent"}, side{State: "present", Version: "1.0"})
}

// Somebody else did the same: that is no reason to refuse, and none to do it
// again.
func TestWhatIsDoneAlreadyIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{Files: []lab.File{{Path: "/srv/gone"}, {Path: "/srv/old", Content: "old\n"}}})
	s.exec("apt-get -q -y install hk-two hk-one=1.0")
	p := s.plan(object{
		"packages": []any{
			object{"name": "hk-two", "state": "absent"}, object{"name": "hk-one", "version": "1.1"}, "hk-dep",
		},
		"directories": object{"/srv/d": object{"mode": "0750"}},
		"files": object{
			"/srv/f": object{"content": "same\n"}, "/srv/old": object{"content": "new\n"}, "/srv/gone": object{"state": "absent"},
		},
		"symlinks": object{"/srv/l": object{"to": "d"}},
	})
	if len(p.Changes) != 8 {
		t.Fatalf("%d changes:\n%s", len(p.Changes), p.raw)
	}
	s.exec(`dpkg --purge hk-two; apt-get -q -y install hk-one=1.1 hk-dep; mkdir -m 0750 /srv/d
		echo same >/srv/f; echo new >/srv/old; rm /srv/gone; ln -s d /srv/l`)
	before := s.snapshot()
	o, report := s.apply(p)
	if o.exit != 0 || report.Status != doc.StatusNothingToDo || !report.Verified {
		t.Errorf("%s", o)
	}
	for _, c := range report.Changes {
		if c.Status != doc.ChangeAlready {
			t.Errorf("%s is %s", c.Address, c.Status)
		}
	}
	if err := exact(doc.Plan{}, before.DiffExact(s.snapshot())); err != nil {
		t.Error(err)
	}
}

// Another machine at the same address, by its key or by its machine-id.
func TestAnotherMachineAtTheSameAddressIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	wants := object{"directories": object{"/srv/other": object{}}}
	p := s.plan(wants)
	old := s.exec("cat /etc/machine-id")
	s.exec("echo 0123456789abcdef0123456789abcdef >/etc/machine-id")
	s.mustBeStale("a copy of the disk", p, "identity.machine_id", side{}, side{})
	s.exec(`printf %s "$1" >/etc/machine-id`, old)

	planned := s.host.Fingerprint()
	if err := s.host.Recreate(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := s.snapshot()
	// The new host's key is known: somebody has looked. The plan is of the old
	// host all the same.
	if err := os.WriteFile(s.host.KnownHosts, []byte(s.host.KnownHostsLines()), 0o600); err != nil {
		t.Fatal(err)
	}
	o, report := s.apply(p)
	if o.exit != 5 || report.Status != doc.StatusStale || len(report.Stale) != 1 || report.Stale[0].What != "identity.host_key" {
		t.Errorf("%s", o)
	}
	for _, key := range []string{planned, s.host.Fingerprint()} {
		if !strings.Contains(o.stderr, key) || !strings.Contains(string(o.stdout), key) {
			t.Errorf("it does not name %s\n%s", key, o)
		}
	}
	s.mustBeUnchanged(before, "an apply to another machine")
}
