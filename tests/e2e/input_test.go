package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// probed is what sshd says of the lab's look whether it is up, some time after
// that look.
var probed = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^kex_exchange_identification: Connection closed by remote host\r?\n`),
	regexp.MustCompile(`(?m)^Connection closed by [^ ]+ port [0-9]+\r?\n`),
}

// logins is what the host's sshd has said of logins so far: a refusal that comes
// before the first connection adds nothing to it. A site without a host is never
// connected to.
func (s *site) logins() string {
	s.Helper()
	if s.host == nil {
		return ""
	}
	log := s.read(s.host.LogPath())
	for _, line := range probed {
		if at := line.FindStringIndex(log); at != nil {
			log = log[:at[0]] + log[at[1]:]
		}
	}
	return log
}

// mustRefuse fails unless the input is refused: status 3, nothing on stdout, the
// words on stderr, and no connection to the host.
func (s *site) mustRefuse(stdin []byte, words string, name string, args ...string) {
	s.Helper()
	before := s.logins()
	o := s.run(stdin, name, args...)
	if o.exit != 3 || len(o.stdout) > 0 || !strings.Contains(o.stderr, words) {
		s.Errorf("not refused with %q\n%s\n--- stdin\n%s", words, o, abridged(stdin))
	}
	if now := s.logins(); now != before {
		s.Errorf("it connected\n%s", strings.TrimPrefix(now, before))
	}
}

// readers are the commands with what makes them read stdin.
func readers(t *testing.T) [][]string {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for _, argv := range [][]string{
		{"hk-eval", "-"}, {"hk-facts"}, {"hk-resolve"}, {"hk-plan"}, {"hk-apply", "--confirm"}, {"hk-apply", "--dry-run"}, {"hk-show"},
	} {
		if _, err := os.Stat(filepath.Join(bin, argv[0])); err == nil {
			all = append(all, argv)
		}
	}
	return all
}

func TestEmptyInputIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, argv := range readers(t) {
		for _, stdin := range []string{"", " \n\n"} {
			o := run(t, invocation{stdin: []byte(stdin), dir: t.TempDir()}, argv[0], argv[1:]...)
			if o.exit != 3 || len(o.stdout) > 0 || !strings.Contains(o.stderr, "did the command before this one fail?") {
				t.Errorf("%q\n%s", stdin, o)
			}
		}
	}
}

// somePlan is a plan with every kind of member, for a host that may be asked.
func (s *site) somePlan() planned {
	s.Helper()
	return s.plan(object{
		"packages":    []any{"bash"},
		"directories": object{"/srv/d": object{"mode": "0750"}},
		"files":       object{"/srv/d/f": object{"content": "text\n"}, "/etc/hostname": object{"content": "new\n"}},
	})
}

func TestATruncatedPlanIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	raw := bytes.TrimSpace(s.somePlan().raw)
	for cut := 1; cut < len(raw); cut += 1 + len(raw)/40 {
		s.mustRefuse(raw[:cut], "stdin:", "hk-apply", "--confirm")
	}
	s.mustRefuse(append(bytes.Clone(raw), raw[:100]...), "stdin:", "hk-apply", "--confirm")
	o := s.run(raw[:len(raw)-1], "hk-show")
	if o.exit != 3 || len(o.stdout) > 0 {
		t.Errorf("%s", o)
	}
}

func TestAnotherMajorVersionIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	wants := object{"directories": object{"/srv/d": object{}}}
	facts := s.facts(wants)
	later := func(raw []byte) []byte { return bytes.Replace(raw, []byte("/v1"), []byte("/v2"), 1) }
	s.mustRefuse(later(s.config(wants)), "hostkit.config/v1", "hk-eval", "-")
	s.mustRefuse(later(s.document(wants)), "hostkit.host/v1", "hk-facts")
	s.mustRefuse(later(facts), "hostkit.host/v1", "hk-plan")
	s.mustRefuse(later(s.must(facts, "hk-plan")), "hostkit.plan/v1", "hk-apply", "--confirm")
	s.mustRefuse(facts, "hk-apply does not read hostkit.host/v1", "hk-apply", "--confirm")
}

func TestAConfigWithFiveMistakesIsToldAllFive(t *testing.T) {
	t.Parallel()
	s := &site{tb: t, base: filepath.Join(t.TempDir(), "config")}
	s.writeLocal("bad.json", []byte(`{
  "schema": "hostkit.config/v1", "project": "e2e",
  "hosts": {"server": {"hostname": "203.0.113.10", "usr": "root"}},
  "services": {"web": {"files": {
    "relative": {"content": ""},
    "/srv/a": {"contents": "x"},
    "/srv/b": {"content": "", "mode": "644"},
    "/srv/c": {"from": "../outside"}
  }}}
}
`))
	s.writeLocal("../outside", []byte("not of this config"))
	s.mustRefuse(nil, "", "hk-eval", "bad.json")
	o := s.run(nil, "hk-eval", "bad.json")
	for _, words := range []string{
		"bad.json:3:", `did you mean "user"`, "bad.json:5:", "bad.json:6:", `did you mean "content"`, "bad.json:7:", "bad.json:8:",
	} {
		if !strings.Contains(o.stderr, words) {
			t.Errorf("it does not say %q\n%s", words, o)
		}
	}
}
