package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/apply"
	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
	"hostkit/tests/lab"
)

func decodePlan(d jsonx.Document) (doc.Plan, error) {
	if err := cli.CheckSchema("hk-apply", []doc.Schema{doc.SchemaPlan}, d); err != nil {
		return doc.Plan{}, err
	}
	return plan.Decode(d)
}

// richPlan is a plan with all that one can have: packages, paths of every kind made,
// changed and removed, a trigger, secrets, and an order among them.
func richPlan(t *testing.T) (*site, planned) {
	t.Helper()
	s := newArchiveSite(t, true, lab.Options{NoIndex: true, Files: []lab.File{
		{Path: "/srv/old", Content: "old\n"}, {Path: "/srv/gone", Content: "gone\n"},
	}})
	s.env = append(s.env, "HOSTKIT_SSH_PASSWORD=not the one")
	s = s.with(func(s *site) {
		s.reach["ssh"].(object)["password"] = object{"$secret": object{"env": "HOSTKIT_SSH_PASSWORD"}}
	})
	s.writeLocal("large", bytes.Repeat([]byte("0123456789abcdef"), 8<<10))
	p := s.plan(object{
		"packages":    []any{"bash", object{"name": "one", "as": "hk-one"}},
		"directories": object{"/srv/d": object{"mode": "0750", "owner": "daemon", "group": "33"}},
		"files": object{
			"/srv/d/f":    object{"content": "text\n", "mode": "0640"},
			"/srv/old":    object{"content": object{"$base64": "AP8K"}, "depends_on": []any{"package:one"}},
			"/srv/gone":   object{"state": "absent"},
			"/srv/d/blob": object{"from": "large"},
		},
		"symlinks": object{"/srv/l": object{"to": "d"}},
		"triggers": object{"told": object{"run": []any{"/bin/touch", "/srv/told"}, "on": []any{"file:/srv/old"}}},
	})
	if len(p.Changes) < 8 || len(p.Secrets) != 1 {
		t.Fatalf("not rich enough:\n%s", p.raw)
	}
	return s, p
}

// Every member counts: a plan in which one was changed, added, moved or dropped is
// not the plan that somebody read. Its form does not count.
func TestATamperedPlanIsRefused(t *testing.T) {
	t.Parallel()
	s, p := richPlan(t)
	all := tamper(t, p.raw)
	if len(all) < 600 {
		t.Errorf("only %d changes are tried", len(all))
	}
	for i, m := range all {
		if _, err := m.read(); err == nil || cli.Describe(err).Exit != cli.ExitRefused {
			t.Errorf("%s: %v", m, err)
		}
		if i%40 == 0 {
			s.mustRefuse(m.raw, "", "hk-apply", "--confirm")
		}
	}
	sorted, err := jsonx.Canonical(p.raw)
	if err != nil {
		t.Fatal(err)
	}
	if o := s.run(sorted, "hk-apply", "--dry-run"); o.exit != 0 {
		t.Errorf("the same plan in another form is refused\n%s", o)
	}
}

// contradicts is what makes a plan contradict itself, so that no host is needed to
// see it.
var contradicts = regexp.MustCompile(`^/(summary/\w+|secrets/0/used_by/0|host/ssh/password/.*|changes/\d+/` +
	`(kind|action|(before|after)/state|after/(type|digest|content)|depends_on/\d+/address)) becomes`)

// Whoever tampers with a plan can compute its digest too; that nobody has is for a
// signature to say. Even so such a plan is refused, or is of no host, or is a plan
// like any other: it is never applied to another host, and nothing crashes.
func TestATamperedPlanWithItsDigestIsNoWayToAnotherHost(t *testing.T) {
	t.Parallel()
	s, p := richPlan(t)
	var reach []tampered
	for _, m := range tamper(t, p.raw) {
		m, ok := m.resealed(t)
		if !ok || m.at == "/digest" {
			continue
		}
		read, err := m.read()
		if err != nil {
			if cli.Describe(err).Exit != cli.ExitRefused {
				t.Errorf("%s: %v", m, err)
			}
			continue
		}
		switch {
		case !m.connects(t, read):
		case strings.Contains(m.at, "/after/content/"):
			// Another local file, or other bytes of it: hk-apply has looked at it before.
			s.mustRefuse(m.raw, "large", "hk-apply", "--confirm")
		case contradicts.MatchString(m.String()):
			t.Errorf("%s: it is not refused", m)
		default:
			reach = append(reach, m)
		}
	}
	before := s.snapshot()
	// All that is about the host itself, and some of the rest.
	sample := slices.DeleteFunc(slices.Clone(reach), func(m tampered) bool { return !strings.HasPrefix(m.at, "/target") })
	for i := 0; i < len(reach); i += 1 + len(reach)/40 {
		if m := reach[i]; !strings.HasPrefix(m.at, "/target") && !strings.HasPrefix(m.at, "/host/hostname") {
			sample = append(sample, m)
		}
	}
	var stream []byte
	for _, m := range sample {
		stream = append(append(stream, m.raw...), '\n')
	}
	o := s.run(stream, "hk-apply", "--dry-run", "--parallel", "4")
	decoder := json.NewDecoder(bytes.NewReader(o.stdout))
	for _, m := range sample {
		var r doc.Report
		if err := decodeNext(decoder, &r); err != nil {
			t.Fatalf("%s: %v\n%s", m, err, o)
		}
		bound := strings.HasPrefix(m.at, "/target") && !strings.HasPrefix(m.at, "/target/os/version_id") && m.how != "gets a member"
		switch {
		case r.Error == nil && (bound || r.Status != doc.StatusDryRun):
			t.Errorf("%s: %s\n%s", m, r.Status, m.raw)
		case r.Error != nil && !slices.Contains([]int{1, 3, 4, 5}, r.Error.Exit):
			t.Errorf("%s: exit %d: %s", m, r.Error.Exit, r.Error.Message)
		}
	}
	s.mustBeUntouched(before, "dry runs of tampered plans")
}

func decodeNext(d *json.Decoder, r *doc.Report) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	checked, err := jsonx.Check("report", raw)
	if err != nil {
		return err
	}
	return jsonx.UnmarshalGrown(checked, r)
}

var errConnects = errors.New("it connects")

// connects applies the plan to nothing and reports whether it came as far as to ask
// for a connection. What is refused before is refused with status 3.
func (m tampered) connects(t *testing.T, p doc.Plan) (asked bool) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			t.Errorf("%s: it panics: %v\n%s", m, v, m.raw)
		}
	}()
	r := apply.Apply(t.Context(), p, apply.Options{
		Kinds:   resource.Kinds,
		Connect: func(context.Context, doc.Plan) (facts.Host, error) { asked = true; return nil, errConnects },
		Open:    func(doc.FileRef) (io.ReadCloser, error) { return nil, os.ErrNotExist },
		Now:     time.Now,
	})
	if !asked && (r.Error == nil || r.Error.Exit != cli.ExitRefused) {
		t.Errorf("%s: neither refused nor tried: %+v", m, r.Error)
	}
	return asked
}

// What is left is a plan like any other: it is applied as it says, or refused.
func TestATamperedPlanWithItsDigestDoesWhatItSays(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	reset := func() { s.exec("rm -rf /srv; mkdir /srv; echo old >/srv/old; echo gone >/srv/gone") }
	reset()
	p := s.plan(object{
		"directories": object{"/srv/d": object{"mode": "0750", "owner": "daemon"}},
		"files": object{
			"/srv/d/f": object{"content": "text\n", "mode": "0640"}, "/srv/old": object{"content": "new\n"}, "/srv/gone": object{"state": "absent"},
		},
		"symlinks": object{"/srv/l": object{"to": "d"}},
	})
	var reach []tampered
	for _, m := range tamper(t, p.raw) {
		m, ok := m.resealed(t)
		if read, err := m.read(); ok && err == nil && strings.HasPrefix(m.at, "/changes") && m.connects(t, read) {
			reach = append(reach, m)
		}
	}
	const most = 8
	for i := 0; i < len(reach); i += 1 + len(reach)/most {
		m := reach[i]
		reset()
		before := s.snapshot()
		o := s.run(m.raw, "hk-apply", "--confirm")
		report := decode[doc.Report](t, o.stdout)
		tamperedPlan := decode[doc.Plan](t, m.raw)
		switch {
		case report.Error == nil && !report.Verified, !slices.Contains([]int{0, 1, 3, 5}, o.exit):
			t.Errorf("%s\n%s", m, o)
		case o.exit == 0:
			// What it says to take away may never have been there.
			if err := exact(done(tamperedPlan, report), before.Diff(s.snapshot())); err != nil {
				t.Errorf("%s: %v", m, err)
			}
		case report.Status == doc.StatusStale:
			s.mustBeUnchanged(before, m.String())
		}
	}
}
