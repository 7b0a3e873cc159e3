package lab_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hostkit/tests/lab"
)

func TestRestartKeepsDiskAndKeysOnly(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	ssh(t, h, "root", "echo kept > /srv/kept; echo gone > /run/gone")
	before, boot := snapshot(t, h), ssh(t, h, "root", "cat /proc/sys/kernel/random/boot_id")
	if err := h.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := ssh(t, h, "root", "cat /proc/sys/kernel/random/boot_id"); now == boot {
		t.Error("the boot id is the old one")
	}
	var got []string
	for _, d := range before.Diff(snapshot(t, h)) {
		got = append(got, d.Change+" "+d.Path)
	}
	if !slices.Contains(got, "removed /run/gone") || slices.ContainsFunc(got, func(s string) bool { return !strings.Contains(s, " /run") }) {
		t.Errorf("differences: %v", got)
	}
}

// What is done on one copy is seen on no other, and each is what its original was.
func TestCopiesAreWhatTheirOriginalWas(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "ben"}}})
	ssh(t, h, "root", "mkdir /srv/kept; echo here >/srv/kept/x; rm /etc/issue; mv /etc/skel /etc/skeleton")
	original := snapshot(t, h)
	if _, err := h.Copy(t.Context(), 0); err == nil {
		t.Error("a running host is copied")
	}
	if err := h.Kill(); err != nil {
		t.Fatal(err)
	}
	var copies []*lab.Host
	for range 2 {
		c, err := h.Copy(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Stop(); err != nil {
				t.Error(err)
			}
		})
		copies = append(copies, c)
	}
	ssh(t, copies[0], "ben", "true")
	ssh(t, copies[0], "root", "rm -r /srv/kept; echo new >/etc/issue; mv /etc/skeleton /etc/skel")
	var got []string
	for _, d := range lab.WithoutDirTimes(original.Diff(snapshot(t, copies[1]))) {
		got = append(got, d.Path)
	}
	if !slices.Equal(got, []string{"/etc/ssh/sshd_config.d/10-lab.conf"}) {
		t.Errorf("differences: %v", got)
	}
}

func TestRewrittenHostKeyIsRefused(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	old := h.Fingerprint()
	if err := h.RewriteHostKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := h.SSH(t.Context(), "root", "true").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "IDENTIFICATION HAS CHANGED") {
		t.Errorf("ssh: %v: %s", err, out)
	}
	if h.Fingerprint() == old {
		t.Error("same fingerprint")
	}
	if err := os.WriteFile(h.KnownHosts, []byte(h.KnownHostsLines()), 0o600); err != nil {
		t.Fatal(err)
	}
	ssh(t, h, "root", "true")
}

func TestRecreatedHostIsAnother(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true, RootPassword: "again"})
	ssh(t, h, "root", "touch /srv/old")
	id, err := h.ReadFile("/etc/machine-id")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Recreate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, err := h.ReadFile("/etc/machine-id"); err != nil || string(now) == string(id) {
		t.Errorf("machine-id %q, %v", now, err)
	}
	if _, err := h.ReadFile("/srv/old"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("old disk: %v", err)
	}
}

func TestKilledHostRefuses(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	if err := h.Kill(); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", h.Addr()); err == nil {
		_ = conn.Close()
		t.Error("a killed host accepts")
	}
}

func TestPausedHostAcceptsAndSaysNothing(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	if err := h.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", h.Addr(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	if line, err := reader.ReadString('\n'); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("paused host said %q, %v", line, err)
	}
	if err := h.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "SSH-2.0-") {
		t.Errorf("resumed host said %q, %v", line, err)
	}
}

func TestSampleSeesArgumentsAndEnvironment(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	sample := h.SampleProc(context.Background())
	ssh(t, h, "root", "TOKEN=env-secret sleep 0.05; sh -c 'sleep 0.05; : arg-secret'")
	seen := sample.Stop()
	for _, secret := range []string{"env-secret", "arg-secret"} {
		if !slices.ContainsFunc(seen, func(p lab.Process) bool { return p.Contains(secret) }) {
			t.Errorf("%s was not seen in %d processes, %d polls", secret, len(seen), sample.Polls())
		}
	}
	t.Logf("%d polls", sample.Polls())
}

// What the lab's own process was started with is not the host's business.
func TestHostDoesNotInheritEnvironment(t *testing.T) {
	t.Setenv("HOSTKIT_LAB_TEST_SECRET", "from outside")
	h := lab.Run(t, lab.Options{NoIndex: true})
	processes, err := h.Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if p.Contains("from outside") {
			t.Errorf("%v has it", p.Cmdline)
		}
	}
}

func TestTraceSeesTheShortestProcess(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	trace, err := h.TraceExec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ssh(t, h, "root", "for i in 1 2 3 4 5; do TOKEN='env \"secret\"' /bin/true 'arg, [secret]\n'$i; done; exec /bin/true last || echo")
	seen, err := trace.Stop()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, p := range seen {
		if p.Cmdline[0] == "/bin/true" && p.Contains("env \"secret\"") && p.Contains("arg, [secret]\n") {
			count++
		}
	}
	if count != 5 {
		t.Errorf("saw %d of 5 in %+v", count, seen)
	}
	ssh(t, h, "root", "true")
}
