package transport_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// A line that makes no sense stops no host, as with ssh, and is told of once a run.
func TestAMalformedLineIsPassedOverAndToldOfOnce(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	global := filepath.Join(t.TempDir(), "ssh_known_hosts")
	if err := os.WriteFile(global, []byte("garbage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	target.KnownHosts = append(target.KnownHosts, global)
	writeKnownHosts(t, target, "# fine\n", "other ssh-ed25519 notbase64!\n", lineOf(server.Addr(), host), "other\n")
	var mu sync.Mutex
	var told []string
	o := transport.Options{Warn: func(message, hint string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, message)
		if hint == "" {
			t.Error("no hint")
		}
	}}
	n := startNetwork(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			conn, err := n.Connect(t.Context(), target, o)
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	all.Wait()
	want := map[string]bool{
		target.KnownHosts[0] + ":2 is passed over: the key is not base64 (also line 4)": true,
		global + ":1 is passed over: a line is a name, a key type and a key":            true,
	}
	for _, message := range told {
		if !want[message] {
			t.Errorf("told %q", message)
		}
	}
	if len(told) != len(want) {
		t.Errorf("told %q", told)
	}
}

// A page that was saved in place of the file doesn't fill the screen.
func TestManyMalformedLinesAreOneWarning(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	writeKnownHosts(t, target, strings.Repeat("what\x1b[2Jis this\n", 1000), lineOf(server.Addr(), host))
	var told []string
	connect(t, target, transport.Options{Warn: func(message, _ string) { told = append(told, message) }})
	if len(told) != 1 || !strings.HasSuffix(told[0], "(also line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 989 more)") {
		t.Errorf("told %q", told)
	}
}

// To pass these over could trust a key that was revoked.
func TestLinesThatMustBeRead(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	good := lineOf(server.Addr(), host)
	for _, line := range []string{
		"@revoked * ssh-ed25519 notbase64!\n",
		" @revoked *\n",
		"@revoked\n",
		"@Revoked " + lineOf("*", host),
		"\ufeff@revoked " + lineOf("*", host),
		strings.TrimSpace(lineOf("other", newKey(t))) + "@revoked " + lineOf("*", host),
		"@revoked-tomorrow " + lineOf("*", host),
		"@tomorrow " + lineOf("other", host),
	} {
		writeKnownHosts(t, target, good, line)
		err := refused[*transport.KnownHostsError](t, accepting(target), transport.Options{})
		if !strings.Contains(err.Error(), target.KnownHosts[0]+": line 2: ") || err.Exit() != 3 {
			t.Errorf("%q: %v, exit %d", line, err, err.Exit())
		}
	}
}

// A new key is recorded beside malformed lines, unless one of them may be what is
// known of the host already; the same goes for the plan's key.
func TestRecordingBesideMalformedLines(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	name := knownhosts.Normalize(server.Addr())
	pinned := transport.Options{Pin: &transport.Pin{RequireKey: host.identity(), TrustPlanKey: true}}
	for _, tt := range []struct {
		line string
		own  bool
	}{
		{"other ssh-ed25519 notbase64!\n", false},
		{"garbage\n", false},
		{"@cert-authority *.example\n", false},
		{name + " ssh-ed25519 notbase64!\n", true},
		{name + "\n", true},
		{"* ssh-ed25519\n", true},
		{"@cert-authority [127.*\n", true},
		{"|1|c2FsdA==|aGFzaA== ssh-ed25519 notbase64!\n", true},
		// Two lines that were joined.
		{strings.TrimSpace(lineOf("other", newKey(t))) + name + ",10.0.0.1 ssh-ed25519\n", true},
	} {
		target := accepting(targetAt(t, server.Addr()))
		for i := range 2 {
			second := i == 1
			writeKnownHosts(t, target, tt.line)
			if second {
				// In whichever file it stands.
				target.KnownHosts = []string{filepath.Join(t.TempDir(), "known_hosts"), target.KnownHosts[0]}
			}
			if !tt.own {
				connect(t, target, pinned)
				connect(t, target, transport.Options{})
				if !second {
					checkContent(t, target.KnownHosts[0], tt.line+lineOf(server.Addr(), host))
				}
				continue
			}
			for _, o := range []transport.Options{{}, pinned} {
				err := refused[*transport.KnownHostsError](t, target, o)
				if !strings.Contains(err.Error(), target.KnownHosts[i]+": line 1 may be the entry of "+name+": ") || err.Exit() != 3 {
					t.Errorf("%q: %v", tt.line, err)
				}
			}
			if _, err := os.Stat(target.KnownHosts[0]); second && err == nil {
				t.Errorf("%q: a key was recorded all the same", tt.line)
			}
		}
	}
}
