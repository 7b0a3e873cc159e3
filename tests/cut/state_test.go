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
	"/etc/ssh/sshd_config.d/10-lab.conf", "/var/lib/hostkit/", "/srv/log/",
}

// kept is of that what matters all the same: acts that are called for, and what was
// replaced.
var kept = []string{"/var/lib/hostkit/pending/", "/var/lib/hostkit/backups/"}

// unfinished reports whether something is what a step that came to its end would not
// have left.
func unfinished(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".hostkit.") || strings.HasPrefix(name, "/var/lib/hostkit/backups/.")
}

// look observes a host from outside of it.
func (g *ground) look(t testing.TB, host *lab.Host) state {
	t.Helper()
	snapshot, err := host.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := state{}
	for name, e := range snapshot.Paths {
		below := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if slices.ContainsFunc(restless, below) && !slices.ContainsFunc(kept, below) && !unfinished(name) {
			continue
		}
		if e.Type == "dir" {
			e.Nlink = 0 // it counts the folders in it, on some file systems
		}
		s[name] = fmt.Sprintf("%s %04o %d:%d %d %d %q %s %q", e.Type, e.Mode, e.UID, e.GID, e.Size, e.Nlink, e.Link, e.SHA256, e.Xattrs)
	}
	for name, version := range snapshot.Packages {
		s["package:"+name] = version
	}
	return s
}

// twice names what was done more than once on a host and must not be: an act, or the
// installation or removal of a package.
func (g *ground) twice(t testing.TB, host *lab.Host) []string {
	t.Helper()
	log, err := host.ReadFile("/var/log/dpkg.log")
	if err != nil {
		t.Fatal(err)
	}
	done, err := host.ReadFile(acts)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for line := range strings.Lines(string(log)) {
		// "2026-11-23 08:00:00 install hk-one:all <none> 1.1"
		if words := strings.Fields(line); len(words) > 4 && (words[2] == "install" || words[2] == "remove") {
			times[words[2]+" "+words[3]]++
		}
	}
	for line := range strings.Lines(string(done)) {
		times["act "+strings.TrimSpace(line)]++
	}
	var all []string
	for what, n := range times {
		if n > 1 {
			all = append(all, fmt.Sprintf("%s: %d times", what, n))
		}
	}
	if n := strings.Count(string(done), "\n"); n < actCount {
		all = append(all, fmt.Sprintf("%d acts are done of %d: %q", n, actCount, done))
	}
	return all
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
