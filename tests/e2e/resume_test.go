package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// cutInChmod has the host's next chmod in /srv/d end all that runs on the host, as a
// power cut does.
const cutInChmod = `cat >/usr/local/sbin/chmod <<'END'
#!/bin/sh
[ -e /srv/cut ] && [ "$(pwd -P)" = /srv/d ] || exec /bin/chmod "$@"
rm /srv/cut
kill -9 -1
END
/bin/chmod 755 /usr/local/sbin/chmod
: >/srv/cut`

// The power goes off when a folder is made and does not have its owner's mode yet:
// the very same plan carries on, and to any other the host has moved on.
func TestAFolderThatIsHalfMadeIsCarriedOnWith(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "deploy"}}})
	wants := object{"directories": object{"/srv/d": object{"mode": "0750", "owner": "deploy"}}}
	p := s.plan(wants)
	other := s.plan(object{"directories": object{"/srv/d": object{"mode": "0755"}}})
	before := s.snapshot()
	s.exec(cutInChmod)
	o, report := s.apply(p)
	if o.exit != 1 || report.Status != doc.StatusFailed || report.Error.Code != "connection_lost" ||
		!slices.Equal(fatesOf(report), []string{"directory:/srv/d unknown"}) {
		t.Fatalf("%s", o)
	}
	if err := s.host.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.exec("rm /usr/local/sbin/chmod")
	if got := s.exec("stat -c '%U %a' /srv/d"); got != "deploy 700\n" {
		t.Fatalf("the folder is %q", got)
	}

	runs := s.gathered("runs").Runs
	if u := runs.Unfinished; u == nil || u.Plan != p.Digest || u.Changes != 1 || u.Begun != 1 || u.Ended != 0 || len(runs.Records) != 0 {
		t.Errorf("%+v", runs)
	}
	// Whoever plans anew is told, without asking.
	observed := s.must(s.document(object{}), "hk-facts")
	if shown := string(s.must(observed, "hk-show")); !strings.Contains(shown, "one is not over") {
		t.Errorf("it is not shown:\n%s", shown)
	}
	told := "(plan sha256:" + p.Digest.Hex()[:12] + "…, 1 of its 1 changes begun, 0 ended) was cut off, or is still under way"
	o = s.run(observed, "hk-plan")
	if o.exit != 0 || !strings.Contains(o.stderr, told) || !strings.Contains(o.stderr, "hk-down --out down.json FILE") {
		t.Errorf("%s", o)
	}
	if o := s.run(o.stdout, "hk-apply", "--confirm"); o.exit != 0 || !strings.Contains(o.stderr, told) {
		t.Errorf("%s", o)
	}
	if o, report := s.apply(other); o.exit != 5 || report.Status != doc.StatusStale {
		t.Errorf("another plan: %s", o)
	}
	if o := s.run(p.raw, "hk-apply", "--dry-run"); o.exit != 0 || !strings.Contains(o.stderr, "carries on with directory:/srv/d") {
		t.Errorf("%s", o)
	}
	o, report = s.apply(p)
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified ||
		!strings.Contains(o.stderr, "carries on with directory:/srv/d, which an earlier run of the plan has begun and not ended") {
		t.Errorf("%s", o)
	}
	s.mustBeExact(p, before)
	s.mustHaveNoChange(wants)
	if runs := s.gathered("runs").Runs; runs.Unfinished != nil || len(runs.Records) != 1 || runs.Records[0].Status != doc.StatusApplied {
		t.Errorf("%+v", runs)
	}
	// What is made stays made: the journal of a run that is over brings nobody back.
	s.exec("chmod 700 /srv/d")
	if o, report := s.apply(p); o.exit != 5 || report.Status != doc.StatusStale {
		t.Errorf("somebody has changed it since: %s", o)
	}
}

// The power goes off while dpkg configures what the package of the plan depends on.
func TestATransactionThatWasCutOffIsCarriedOnWith(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("hk-after", "hk-one")
	p, other := s.plan(wants), s.plan(packages("hk-two"))
	s.exec("mkfifo /run/hk-slow")
	_, report := whileApplying(t, s, p, func(_ *os.Process, await func(event, about string)) {
		await("change_started", "package:hk-after")
		s.exec(`timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "[h]k-slow.postinst"; do :; done'`)
		if err := s.host.Kill(); err != nil {
			t.Error(err)
		}
	})
	if report.Error == nil || report.Error.Code != "connection_lost" {
		t.Fatalf("%+v", report)
	}
	if err := s.host.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.exec("dpkg-query -W -f='${db:Status-Status} ' hk-slow hk-after"); !strings.Contains(got, "half-configured") {
		t.Fatalf("dpkg has %q", got)
	}
	s.mustFail(other, []string{"package:hk-two not_reached"}, "the host has packages that are not wholly installed: ")
	o, report := s.apply(p)
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified || !strings.Contains(o.stderr, "carries on with package:") {
		t.Errorf("%s", o)
	}
	if got := s.exec("dpkg --audit; dpkg-query -W -f='${db:Status-Status} ' hk-slow hk-after hk-one"); got != "installed installed installed " {
		t.Errorf("dpkg has %q", got)
	}
	s.mustHaveNoChange(wants)
}

// rpm has the new version and the old one when it is cut off between them.
func TestAnRPMTransactionThatWasCutOffIsCarriedOnWith(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	wants := packages(pack("lab-slow", "version", "2.0-1"), "lab-one")
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	p := s.plan(wants)
	s.exec("mkfifo /run/lab-slow")
	_, report := whileApplying(t, s, p, func(_ *os.Process, await func(event, about string)) {
		await("change_started", "package:lab-slow")
		s.exec("timeout 60 sh -c 'until rpm -q lab-slow | grep -q 2.0; do :; done'")
		if err := s.host.Kill(); err != nil {
			t.Error(err)
		}
	})
	if report.Error == nil || report.Error.Code != "connection_lost" {
		t.Fatalf("%+v", report)
	}
	if err := s.host.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := s.rpms(), []string{"lab-slow-1.0-1", "lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Fatalf("after the cut rpm has %q, want %q", got, want)
	}
	o, report := s.apply(p)
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified || !strings.Contains(o.stderr, "carries on with package:") {
		t.Errorf("%s", o)
	}
	if got, want := s.rpms(), []string{"lab-one-2.0-1", "lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("rpm has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}

// Without a journal nothing is begun, and with room there everything.
func TestNothingIsBegunWithoutAJournal(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(object{"directories": object{"/srv/d": object{}}, "files": object{"/srv/d/f": object{"content": "x\n"}}})
	s.exec("mkdir /run/mount") // mount(8) makes it
	before := s.snapshot()
	for name, test := range map[string]struct{ mount, reason string }{
		"full":      {"mount -t tmpfs -o size=4k none /var/lib && dd if=/dev/zero of=/var/lib/fill bs=4096 count=1 2>/dev/null", "no space left on device"},
		"read-only": {"mount --bind /var/lib /var/lib && mount -o remount,ro,bind /var/lib", "read-only file system"},
	} {
		s.exec(test.mount)
		s.mustFail(p, []string{"directory:/srv/d not_reached", "file:/srv/d/f not_reached"},
			"hk-apply: error: server: the journal can't be written: "+test.reason+"; nothing was changed\n",
			"hint: nothing is begun that could not be carried on with: see to /var/lib/hostkit")
		s.exec("umount /var/lib")
		s.mustBeUnchanged(before, "a journal on a disk that is "+name)
	}
	s.applied(p)
}

// A run leaves its record, and a person sees it.
func TestRecordsAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, ReadOnly: []string{"/srv/ro"}, Files: []lab.File{{Path: "/srv/ro/old"}}})
	p := s.plan(object{"files": object{"/srv/f": object{"content": "x\n", "sensitive": true}}})
	s.applied(p)
	s.mustFail(s.plan(object{"files": object{"/srv/ro/g": object{"content": "x\n"}}}), []string{"file:/srv/ro/g failed"})
	s.applied(p) // nothing to do, which is no run

	raw := s.must(s.document(object{}), "hk-facts", "--groups", "runs")
	runs := decode[doc.HostDocument](t, raw).Facts.Runs
	if len(runs.Records) != 2 || runs.Unfinished != nil || runs.Gathered != (doc.Gathered{}) {
		t.Fatalf("%+v", runs)
	}
	newest, first := runs.Records[0], runs.Records[1]
	if newest.Status != doc.StatusFailed || first.Status != doc.StatusApplied || !first.Verified || first.Plan != p.Digest || first.Holder == "" {
		t.Errorf("%+v", runs.Records)
	}
	if got := first.Changes; len(got) != 1 || got[0] != (doc.RunChange{Address: "file:/srv/f", Action: doc.Create, Status: doc.ChangeDone}) {
		t.Errorf("%+v", got)
	}
	shown := string(s.must(raw, "hk-show"))
	for _, want := range []string{"runs, newest first", "FAILED", "1 FAILED", "applied", first.Holder, string(p.Digest)[:19]} {
		if !strings.Contains(shown, want) {
			t.Errorf("it is not shown %q:\n%s", want, shown)
		}
	}
}

// All that the plan promises is there, and nobody has seen the transaction's end: the
// manager is asked again, which has nothing to do.
func TestATransactionWhoseEndWasNotSeenIsMadeAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		site  func(t *testing.T) *site
		wants object
	}{
		"apt":    {func(t *testing.T) *site { return newArchiveSite(t, true, lab.Options{}) }, packages("hk-one", "hk-needs")},
		"dnf":    {func(t *testing.T) *site { return newDnfSite(t) }, packages(pack("lab-one"))},
		"zypper": {func(t *testing.T) *site { return newZypperSite(t) }, packages(pack("lab-one"))},
		"pacman": {func(t *testing.T) *site { return newPacmanSite(t) }, packages(pack("lab-one"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := test.site(t)
			last := "hk-one"
			if name != "apt" {
				last = "lab-one"
			}
			p := s.plan(test.wants)
			s.applied(p)
			s.exec(`sed -i '/^ended\|^over/d' /var/lib/hostkit/journal`)
			before := s.snapshot()
			o, report := s.apply(p)
			if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified || !strings.Contains(o.stderr, "package:"+last+", which an earlier run of the plan has begun and not ended") {
				t.Errorf("%s", o)
			}
			if changed := packageDifferences(before.Diff(s.snapshot())); changed != nil {
				t.Errorf("it has changed %q", changed)
			}
			s.mustHaveNoChange(test.wants)
		})
	}
}
