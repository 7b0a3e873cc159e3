package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// object is a JSON object of a config.
type object map[string]any

// site is a host, the folder with its config, and how one logs in to it.
type site struct {
	tb
	host *lab.Host
	// base is the config's folder and the folder that commands run in.
	base string
	// reach is the host's member of the config.
	reach object
	env   []string
}

// newSite starts a host and logs in to it as root by key.
func newSite(t *testing.T, o lab.Options) *site {
	t.Helper()
	host := lab.Run(t, o)
	home := t.TempDir()
	return &site{
		tb: t, host: host, base: t.TempDir(), env: []string{"HOME=" + home},
		reach: object{"hostname": host.IP, "user": "root", "ssh": object{
			"port": host.Port, "identity_file": host.Identity, "known_hosts": host.KnownHosts,
		}},
	}
}

// with is the site for one case of a property, or with another way in.
func (s *site) with(change func(*site)) *site {
	other := *s
	other.reach = object{}
	for name, value := range s.reach {
		other.reach[name] = value
	}
	login := object{}
	for name, value := range s.reach["ssh"].(object) {
		login[name] = value
	}
	other.reach["ssh"] = login
	change(&other)
	return &other
}

func (s *site) run(stdin []byte, name string, args ...string) outcome {
	s.Helper()
	return run(s.tb, invocation{stdin: stdin, dir: s.base, env: s.env}, name, args...)
}

// must is run of a command that has to succeed.
func (s *site) must(stdin []byte, name string, args ...string) []byte {
	s.Helper()
	o := s.run(stdin, name, args...)
	if o.exit != 0 {
		s.Fatalf("%s", o)
	}
	return o.stdout
}

// config is what the one service of the host should be, as a person writes it.
func (s *site) config(wants object) []byte {
	s.Helper()
	raw, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "e2e",
		"hosts":    object{"server": s.reach},
		"services": object{"all": wants},
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
	return raw
}

// writeLocal writes a file beside the config.
func (s *site) writeLocal(name string, content []byte) {
	s.Helper()
	path := filepath.Join(s.base, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatalf("%v", err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		s.Fatalf("%v", err)
	}
}

// document is the host document of a config.
func (s *site) document(wants object) []byte {
	s.Helper()
	s.writeLocal("config.json", s.config(wants))
	return s.must(nil, "hk-eval", "config.json")
}

// facts is the host document with what the host is now.
func (s *site) facts(wants object) []byte {
	s.Helper()
	return s.must(s.document(wants), "hk-facts")
}

// planned is a plan as it stands in the pipe, and what it says.
type planned struct {
	raw []byte
	doc.Plan
}

func (s *site) plan(wants object) planned {
	s.Helper()
	raw := s.must(s.facts(wants), "hk-plan")
	return planned{raw, decode[doc.Plan](s.tb, raw)}
}

// apply runs hk-apply and reads the report that it must give.
func (s *site) apply(p planned, flags ...string) (outcome, doc.Report) {
	s.Helper()
	o := s.run(p.raw, "hk-apply", append([]string{"--confirm"}, flags...)...)
	if len(o.stdout) == 0 {
		s.Fatalf("no report\n%s", o)
	}
	return o, decode[doc.Report](s.tb, o.stdout)
}

// applied applies a plan that must go through.
func (s *site) applied(p planned) doc.Report {
	s.Helper()
	o, report := s.apply(p)
	if o.exit != 0 || !report.Verified {
		s.Fatalf("%s\n--- plan\n%s", o, abridged(p.raw))
	}
	return report
}

func (s *site) snapshot() *lab.Snapshot {
	s.Helper()
	snapshot, err := s.host.Snapshot(context.Background())
	if err != nil {
		s.Fatalf("%v", err)
	}
	return snapshot
}

// exec is somebody else's hand on the host.
func (s *site) exec(script string, args ...string) string {
	s.Helper()
	argv := append([]string{"/bin/sh", "-euc", script, "sh"}, args...)
	out, err := s.host.Exec(context.Background(), argv...)
	if err != nil {
		s.Fatalf("%s: %v", script, err)
	}
	return string(out)
}
