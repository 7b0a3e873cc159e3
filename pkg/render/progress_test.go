package render_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/render"
)

// script is events and moments of an apply, in short.
type script struct {
	p    render.Progress
	now  time.Time
	told []string
}

func (s *script) host(name string, changes int) {
	s.add(doc.Event{Type: doc.EventHostStarted, Host: doc.HostName{Name: name}, Changes: changes})
}

func (s *script) begin(host string, a doc.Address, step string) {
	s.add(doc.Event{Type: doc.EventChangeStarted, Host: doc.HostName{Name: host}, Address: a, Action: doc.Create, Message: step})
}

func (s *script) say(host string, a doc.Address, line string) {
	s.add(doc.Event{Type: doc.EventOutput, Host: doc.HostName{Name: host}, Address: a, Message: line})
}

func (s *script) finish(host string, a doc.Address, status doc.ChangeStatus, message, output string) {
	s.add(doc.Event{
		Type: doc.EventChangeFinished, Host: doc.HostName{Name: host}, Address: a, Action: doc.Create,
		Status: string(status), Message: message, Output: output,
	})
}

func (s *script) end(host string, status doc.HostStatus) {
	s.add(doc.Event{Type: doc.EventHostFinished, Host: doc.HostName{Name: host}, Status: string(status)})
}

func (s *script) add(e doc.Event) { s.told = append(s.told, s.p.Add(e, s.now)...) }

func (s *script) pass(d time.Duration) { s.now = s.now.Add(d) }

// shows compares the lines at the foot.
func (s *script) shows(t *testing.T, columns, rows int, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.p.Lines(s.now, columns, rows)); diff != "" {
		t.Error(diff)
	}
}

func TestProgressOfOneHost(t *testing.T) {
	s := script{p: render.Progress{Hosts: 1, Seen: true}}
	s.shows(t, 80, 24)
	s.host("server", 3)
	s.pass(1500 * time.Millisecond)
	s.shows(t, 80, 24, "server  0 of 3  1s  logging in, looking")
	s.begin("server", "package:curl", "install 2 packages")
	s.begin("server", "package:jq", "install 2 packages")
	s.pass(72 * time.Second)
	s.shows(t, 80, 24, "server  0 of 3  1m12s  install 2 packages")
	s.shows(t, 20, 24, "server  0 of 3  1m1…")
	s.shows(t, 5, 1, "serv…")
	s.add(doc.Event{Type: doc.EventNote, Host: doc.HostName{Name: "server"}, Status: doc.NoteUnderWay, Message: "still under way"})
	s.add(doc.Event{Type: doc.EventNote, Host: doc.HostName{Name: "server"}, Message: "took the lock over"})
	s.say("server", "package:curl", "Setting up curl")
	s.finish("server", "package:curl", doc.ChangeDone, "", "")
	s.finish("server", "package:jq", doc.ChangeDone, "", "")
	s.shows(t, 80, 24, "server  2 of 3  0s  looking")
	s.finish("server", "file:/etc/motd", doc.ChangeAlready, "", "")
	s.shows(t, 80, 24, "server  3 of 3  0s  verifying")
	s.end("server", doc.StatusApplied)
	s.shows(t, 80, 24)
	if diff := cmp.Diff([]string{"server: took the lock over"}, s.told); diff != "" {
		t.Error(diff)
	}
}

func TestProgressOfManyHosts(t *testing.T) {
	s := script{p: render.Progress{Hosts: 50}}
	for _, name := range []string{"db1", "a-host-with-a-very-long-name.example.org", "web1", "web2", "日本語"} {
		s.host(name, 12)
	}
	s.end("db1", doc.StatusApplied)
	s.begin("web1", "file:/etc/motd", "write /etc/motd")
	s.shows(t, 60, 24,
		"a-host-with-a-very-…  0 of 12  0s  logging in, looking",
		"web1                  0 of 12  0s  write /etc/motd",
		"web2                  0 of 12  0s  logging in, looking",
		"日本語                0 of 12  0s  logging in, looking",
		"1 of 50 hosts ended, 45 wait")
	s.end("web2", doc.StatusStale)
	s.shows(t, 70, 2,
		"a-host-with-a-very-lon…  0 of 12  0s  logging in, looking",
		"2 of 50 hosts ended, 1 FAILED, 2 more under way, 45 wait")
	s.shows(t, 24, 1, "2 of 50 hosts ended, 1 …")
	s.shows(t, 24, 0, "2 of 50 hosts ended, 1 …")
}

// What a failed command printed is told when it fails; with Verbose all is told as it
// comes, and once.
func TestProgressTellsWhatFailed(t *testing.T) {
	play := func(verbose bool) []string {
		s := script{p: render.Progress{Hosts: 1, Verbose: verbose}}
		s.host("a", 3)
		s.begin("a", "package:curl", "install 1 package")
		s.say("a", "package:curl", "E: no room")
		s.finish("a", "package:curl", doc.ChangeFailed, "the disk is full", "E: no room\n")
		s.begin("a", "file:/x", "write /x")
		s.finish("a", "file:/x", doc.ChangeFailed, "it would not", strings.Repeat("line\n", 25))
		s.begin("a", "file:/y", "write /y")
		s.finish("a", "file:/y", doc.ChangeDone, "", "")
		s.add(doc.Event{
			Type: doc.EventChangeFinished, Host: doc.HostName{Name: "a"}, Address: "trigger:t", Action: doc.Run,
			Status: string(doc.ChangeDone), Message: "nginx does not run",
		})
		s.add(doc.Event{Type: doc.EventNote, Host: doc.HostName{Name: "a"}, Status: doc.NoteUnderWay, Message: "still under way"})
		s.end("a", doc.StatusFailed)
		return s.told
	}
	last := []string{"a: | … 5 lines before"}
	for range 20 {
		last = append(last, "a: | line")
	}
	want := append([]string{
		"a: package:curl: FAILED: the disk is full", "a: | E: no room",
		"a: file:/x: FAILED: it would not",
	}, last...)
	if diff := cmp.Diff(append(want, "a: trigger:t: done: nginx does not run", "a: still under way"), play(false)); diff != "" {
		t.Error(diff)
	}
	want = append([]string{
		"a: package:curl: create, install 1 package", "a: | E: no room",
		"a: package:curl: FAILED: the disk is full",
		"a: file:/x: create, write /x", "a: file:/x: FAILED: it would not",
	}, last...)
	want = append(want, "a: file:/y: create, write /y", "a: file:/y: done", "a: trigger:t: done: nginx does not run", "a: still under way")
	if diff := cmp.Diff(want, play(true)); diff != "" {
		t.Error(diff)
	}
}

// A host may be called what it likes.
func TestProgressOfAHostileHost(t *testing.T) {
	s := script{p: render.Progress{Hosts: 2}}
	s.host("\x1b[2Jweb\n1 ", 1)
	s.begin("\x1b[2Jweb\n1 ", "file:/\u202e", "write /\u202e\r")
	s.shows(t, 80, 24, `\x1b[2Jweb\n1\x20  0 of 1  0s  write /\u202e\r`, "0 of 2 hosts ended, 1 wait")
	s.shows(t, 30, 24, `\x1b[2Jwe…  0 of 1  0s  write…`, "0 of 2 hosts ended, 1 wait")
}
