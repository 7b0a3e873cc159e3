package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// A host is a name, and how it is reached stands in ssh's own config: hk-facts
// and hk-apply go where `ssh server` goes.
func TestANameOfSSHsConfigIsEnough(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	home := t.TempDir()
	config := filepath.Join(home, ".ssh", "config")
	write := func(mode os.FileMode, more string) {
		t.Helper()
		text := fmt.Sprintf("Host other\n\tProxyCommand false\nHost server\n%s\tHostName %s\n\tPort %d\n\tUser root\n\tIdentityFile \"%s\"\n\tUserKnownHostsFile %s\n",
			more, s.host.IP, s.host.Port, s.host.Identity, s.host.KnownHosts)
		if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(config, mode); err != nil {
			t.Fatal(err)
		}
	}
	named := s.with(func(s *site) { s.reach, s.env = object{}, []string{"HOME=" + home} })
	write(0o600, "")
	p := named.plan(folder)
	if p.Host.Hostname != "server" || p.Host.User != "" || p.Host.SSH != nil {
		t.Errorf("the plan has what stands in ssh's config: %+v", p.Host)
	}

	for what, c := range map[string]struct {
		mode       os.FileMode
		more, says string
	}{
		"a command to connect":       {0o600, "\tProxyCommand sekret\n", config + ":4: ProxyCommand applies to this host"},
		"a file of others":           {0o666, "", config + ": bad owner or permissions"},
		"a block that can't be told": {0o600, "Match exec true\n", config + ":4: whether Match exec applies"},
	} {
		write(c.mode, c.more)
		for _, o := range []outcome{
			named.run(named.document(folder), "hk-facts"),
			named.run(p.raw, "hk-apply", "--confirm"),
		} {
			if o.exit != 3 || !strings.Contains(o.stderr, c.says) || !strings.Contains(o.stderr, "use_config") || strings.Contains(o.stderr, "sekret") {
				t.Errorf("%s: %s", what, o)
			}
		}
	}

	write(0o600, "")
	if report := named.applied(p); report.Status != doc.StatusApplied {
		t.Errorf("%+v", report)
	}
	named.mustHaveNoChange(folder)

	// Flags win, and a file that is named is read alone.
	write(0o600, "\tUser nobody\n\tPort 1\n")
	for _, args := range [][]string{{"--user", "root", "--port", fmt.Sprint(s.host.Port)}, {"--ssh-config", writeBeside(named, config, s.host.Port)}} {
		if o := named.run(named.document(folder), "hk-facts", args...); o.exit != 0 {
			t.Errorf("%v: %s", args, o)
		}
	}
}

// writeBeside is a copy of a config that says another user and port first.
func writeBeside(s *site, config string, port int) string {
	s.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		s.Fatalf("%v", err)
	}
	path := filepath.Join(s.base, "ssh_config")
	if err := os.WriteFile(path, fmt.Appendf(nil, "User root\nPort %d\n%s", port, text), 0o644); err != nil {
		s.Fatalf("%v", err)
	}
	return path
}
