package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

var folder = object{"directories": object{"/srv/d": object{}}}

// mustNotReach fails unless facts and apply both end with the status and name the
// code, and the document that went on says so to every later command.
func (s *site) mustNotReach(p planned, exit int, code string, words ...string) {
	s.Helper()
	facts := s.run(s.document(folder), "hk-facts")
	s.mustSay(facts, exit, code, words)
	for _, later := range [][]string{{"hk-plan"}, {"hk-apply", "--confirm"}, {"hk-show"}} {
		o := s.run(facts.stdout, later[0], later[1:]...)
		if o.exit != exit {
			s.Errorf("the error did not go on\n%s", o)
		}
		if later[0] != "hk-show" {
			s.mustSay(o, exit, code, nil)
		}
	}
	o, report := s.apply(p)
	if report.Status != doc.StatusUnreachable || report.Verified || report.Changes[0].Status != doc.ChangeNotReached {
		s.Errorf("the report is not true\n%s", o)
	}
	s.mustSay(o, exit, code, words)
}

// mustSay fails unless the document on stdout has the error, and stderr the words.
func (s *site) mustSay(o outcome, exit int, code string, words []string) {
	s.Helper()
	if len(o.stdout) == 0 {
		s.Errorf("the document did not go on\n%s", o)
		return
	}
	d := decode[struct {
		Error *doc.HostError `json:"error"`
	}](s.tb, o.stdout)
	if o.exit != exit || d.Error == nil || d.Error.Exit != exit || d.Error.Code != code {
		s.Errorf("want status %d and code %s\n%s", exit, code, o)
	}
	for _, w := range words {
		if !strings.Contains(o.stderr, w) {
			s.Errorf("it does not say %q\n%s", w, o)
		}
	}
}

func TestAHostThatIsDownIsUnreachable(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(folder)
	if err := s.host.Kill(); err != nil {
		t.Fatal(err)
	}
	s.mustNotReach(p, 4, "unreachable", "connection refused", s.host.Addr())
}

// A host that accepts connections and never says a word: no command waits longer
// than its limit.
func TestAHungHostIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	document := s.document(folder)
	if err := s.host.Pause(context.Background()); err != nil {
		t.Fatal(err)
	}
	o := s.run(document, "hk-facts")
	s.mustSay(o, 4, "timeout", []string{"no answer within", s.host.Addr()})
	if o.took > 30*time.Second {
		t.Errorf("it took %s", o.took)
	}
	if err := s.host.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestAWrongPasswordIsRefusedByNameNotByValue(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, RootPassword: "the right password"})
	s = s.with(func(s *site) {
		login := s.reach["ssh"].(object)
		delete(login, "identity_file")
		login["password"] = object{"$secret": object{"env": "HOSTKIT_E2E_PASSWORD"}}
		s.env = append(s.env, "HOSTKIT_E2E_PASSWORD=the right password")
	})
	p := s.plan(folder)
	before := s.snapshot()
	s.env = append(s.env, "HOSTKIT_E2E_PASSWORD=the wrong password")
	s.mustNotReach(p, 4, "login_refused", `login as "root"`, "password")
	o, _ := s.apply(p)
	if strings.Contains(o.String(), "wrong password") {
		t.Errorf("the password is told\n%s", o)
	}
	s.mustBeUntouched(before, "a refused login")
}

func TestAnUnknownHostKeyIsRefusedUnlessAskedTo(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(folder)
	known := filepath.Join(s.base, "known_hosts")
	if err := os.Rename(s.host.KnownHosts, known); err != nil {
		t.Fatal(err)
	}
	before := s.snapshot()
	s.mustNotReach(p, 4, "unknown_host_key", s.host.Fingerprint(), s.host.KnownHosts)
	if _, err := os.Stat(s.host.KnownHosts); !os.IsNotExist(err) {
		t.Errorf("a refused key was recorded: %v", err)
	}
	if o := s.run(p.raw, "hk-apply", "--dry-run", "--trust-plan-host-key"); o.exit != 0 {
		t.Errorf("%s", o)
	}
	o := s.run(s.document(folder), "hk-facts", "--silently-accept-hosts")
	if o.exit != 0 || !strings.Contains(o.stderr, "recorded the unknown host key") || !strings.Contains(o.stderr, s.host.Fingerprint()) {
		t.Errorf("%s", o)
	}
	if o := s.run(p.raw, "hk-apply", "--dry-run"); o.exit != 0 {
		t.Errorf("the recorded key is not known\n%s", o)
	}
	s.mustBeUntouched(before, "looking")
}

func TestAChangedHostKeyIsNeverAccepted(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(folder)
	old := s.host.Fingerprint()
	if err := s.host.RewriteHostKeys(context.Background()); err != nil {
		t.Fatal(err)
	}
	before, known := s.snapshot(), s.read(s.host.KnownHosts)
	for _, flags := range [][]string{nil, {"--silently-accept-hosts"}} {
		o := s.run(s.document(folder), "hk-facts", flags...)
		s.mustSay(o, 4, "changed_host_key", []string{old, s.host.Fingerprint(), s.host.KnownHosts})
	}
	for _, flags := range [][]string{nil, {"--trust-plan-host-key"}} {
		o, report := s.apply(p, flags...)
		if o.exit != 5 || report.Status != doc.StatusStale {
			t.Errorf("%s", o)
		}
	}
	if now := s.read(s.host.KnownHosts); now != known {
		t.Errorf("known_hosts was %q and is %q", known, now)
	}
	s.mustBeUntouched(before, "a refused key")
}

func (s *site) read(path string) string {
	s.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		s.Fatalf("%v", err)
	}
	return string(raw)
}
