package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Two hosts in one stream, one of them down: the other gets all that it should,
// and the status tells of the failure.
func TestOneBadHostStopsNoOther(t *testing.T) {
	t.Parallel()
	good, bad := newSite(t, lab.Options{NoIndex: true}), newSite(t, lab.Options{NoIndex: true})
	raw, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "e2e",
		"hosts":    object{"a-bad": bad.reach, "b-good": good.reach},
		"services": object{"all": folder},
	})
	if err != nil {
		t.Fatal(err)
	}
	good.writeLocal("config.json", raw)
	if err := bad.host.Kill(); err != nil {
		t.Fatal(err)
	}
	documents := good.must(nil, "hk-eval", "config.json")
	if o := good.run(documents, "hk-facts"); o.exit != 2 || len(o.stdout) > 0 || !strings.Contains(o.stderr, "a-bad, b-good") {
		t.Errorf("which hosts are meant must be said\n%s", o)
	}
	before := good.snapshot()
	facts := good.run(documents, "hk-facts", "--all")
	plans := good.run(facts.stdout, "hk-plan", "--compact")
	reports := good.run(plans.stdout, "hk-apply", "--confirm")
	for _, o := range []outcome{facts, plans, reports} {
		if lines := bytes.Count(o.stdout, []byte("\n")); o.exit != 4 || lines != 2 {
			t.Errorf("%d lines\n%s", lines, o)
		}
	}
	_, second, _ := bytes.Cut(plans.stdout, []byte("\n"))
	_, report, _ := bytes.Cut(reports.stdout, []byte("\n"))
	if r := decode[doc.Report](t, report); r.Host.Name != "b-good" || r.Status != doc.StatusApplied || !r.Verified {
		t.Errorf("%s", reports)
	}
	good.mustBeExact(planned{second, decode[doc.Plan](t, second)}, before)
}

// Names that were looked up once are taken from the lock ever after, and the
// lock's bytes stay.
func TestTheWholePipeWithALock(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("hk_one", "ca_certificates", object{"name": "second", "as": "hk-two"})
	facts := s.facts(wants)
	resolved := s.must(facts, "hk-resolve", "--write-package-lock", "host_kit.package.lock")
	lock := filepath.Join(s.base, "host_kit.package.lock")
	written := s.read(lock)
	raw := s.must(resolved, "hk-plan")
	for _, same := range [][]byte{
		s.must(facts, "hk-plan", "--package-lock", "host_kit.package.lock"),
		s.must(resolved, "hk-plan", "--package-lock", "host_kit.package.lock"),
		s.must(s.must(facts, "hk-resolve", "--package-lock", "host_kit.package.lock"), "hk-plan"),
	} {
		if !bytes.Equal(same, raw) {
			t.Errorf("another way through the pipe makes another plan:\n%s\nand\n%s", raw, same)
		}
	}
	before := s.snapshot()
	report := s.applied(planned{raw, decode[doc.Plan](t, raw)})
	if got, want := transactionOf(report), packageDifferences(before.Diff(s.snapshot())); strings.Join(got, " ") != strings.Join(want, " ") || len(got) != 2 {
		t.Errorf("the report has %q, dpkg %q", got, want)
	}
	again := s.must(s.facts(wants), "hk-resolve", "--write-package-lock", "host_kit.package.lock")
	if p := decode[doc.Plan](t, s.must(again, "hk-plan")); len(p.Changes) > 0 {
		t.Errorf("the second plan has %+v", p.Changes)
	}
	if now := s.read(lock); now != written {
		t.Errorf("the lock was\n%s\nand is\n%s", written, now)
	}
}

// A power cut between facts and apply changes nothing of what a plan is made
// from: it is applied after the boot.
func TestARebootDoesNotMakeAPlanStale(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(folder)
	if err := s.host.Restart(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.applied(p)
	s.mustHaveNoChange(folder)
}
