package cut

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// state is what matters of a host: each path and each package, and what it is.
type state map[string]string

// restless is what two uncut runs leave differently: logs, caches, what a boot
// forgets, and sshd's own address.
var restless = []string{
	"/run/", "/tmp/", "/var/log/", "/var/cache/", "/var/lib/dpkg/status", "/var/lib/apt/periodic/",
	"/etc/ssh/sshd_config.d/10-lab.conf", "/var/lib/hostkit/",
}

// temporary is what the name of an unfinished file begins with.
const temporary = ".hostkit."

// look observes a host from outside of it.
func (g *ground) look(t testing.TB, host *lab.Host) state {
	t.Helper()
	snapshot, err := host.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := state{}
	for name, e := range snapshot.Paths {
		if keep := strings.HasPrefix(path.Base(name), temporary); !keep &&
			slices.ContainsFunc(restless, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		s[name] = fmt.Sprintf("%s %04o %d:%d %d %d %q %s %q", e.Type, e.Mode, e.UID, e.GID, e.Size, e.Nlink, e.Link, e.SHA256, e.Xattrs)
	}
	for name, version := range snapshot.Packages {
		s["package:"+name] = version
	}
	return s
}

// compare lists in what other differs from s, at most so much as one reads.
func (s state) compare(other state) []string {
	var lines []string
	for name, is := range s {
		if other[name] != is {
			lines = append(lines, fmt.Sprintf("%s: %s, and should be %s", name, or(other[name], "absent"), is))
		}
	}
	for name, is := range other {
		if _, ok := s[name]; !ok {
			lines = append(lines, fmt.Sprintf("%s: %s, and should be absent", name, is))
		}
	}
	slices.Sort(lines)
	return lines[:min(len(lines), 20)]
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// without leaves out what is below a folder.
func without(s state, folder string) state {
	for name := range s {
		if strings.HasPrefix(name, folder) {
			delete(s, name)
		}
	}
	return s
}
