package transport_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func TestANewKeyIsRecorded(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := accepting(targetAt(t, server.Addr()))
	dir := filepath.Join(t.TempDir(), "me", ".ssh")
	target.KnownHosts = []string{filepath.Join(dir, "known_hosts")}
	var told []transport.Accepted
	o := transport.Options{Accepted: func(a transport.Accepted) { told = append(told, a) }}
	connect(t, target, o)
	connect(t, target, o)
	want := []transport.Accepted{{Address: "[127.0.0.1]:" + strconv.Itoa(server.Port()), Key: host.identity(), File: target.KnownHosts[0]}}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	checkMode(t, dir, 0o700)
	checkMode(t, target.KnownHosts[0], 0o600)
	checkContent(t, target.KnownHosts[0], lineOf(server.Addr(), host))
	connect(t, target, transport.Options{})
}

func checkMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("mode of %s is %o, want %o", path, got, want)
	}
}

func checkContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is %q, want %q", path, got, want)
	}
}

// What is there stays: a link, its target's owner and mode, a last line without
// a newline.
func TestRecordingKeepsTheFileAsItIs(t *testing.T) {
	t.Parallel()
	host, other := newKey(t), newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := accepting(targetAt(t, server.Addr()))
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "known_hosts")
	before := strings.TrimSuffix(lineOf("other.example", other), "\n")
	if err := os.WriteFile(real, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	target.KnownHosts = []string{link}
	connect(t, accepting(target), transport.Options{})
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	checkMode(t, real, 0o640)
	checkContent(t, real, before+"\n"+lineOf(server.Addr(), host))
}

func TestRecordingToNowhere(t *testing.T) {
	t.Parallel()
	target := targetAt(t, passwordServer(t).Addr())
	target.KnownHosts = []string{"/dev/null"}
	connect(t, accepting(target), transport.Options{})

	target.KnownHosts = []string{"/proc/1/known_hosts"}
	err := refused[*transport.KnownHostsError](t, accepting(target), transport.Options{})
	if !err.Writing || err.Exit() != 1 || err.Code() != "known_hosts_unwritable" {
		t.Errorf("error %+v", err)
	}
}

// Many goroutines and processes record many hosts at once: each once, each line
// whole.
func TestManyRecordAtOnce(t *testing.T) {
	t.Parallel()
	const hosts, goroutines, processes = 6, 4, 3
	target := targetAt(t, "127.0.0.1:22")
	path := target.KnownHosts[0]
	var want, ports []string
	for range hosts {
		host := newKey(t)
		server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
		want = append(want, strings.TrimSuffix(lineOf(server.Addr(), host), "\n"))
		ports = append(ports, strconv.Itoa(server.Port()))
	}
	var recorders sync.WaitGroup
	told := make(chan transport.Accepted, hosts*goroutines)
	for _, word := range ports {
		port, _ := strconv.Atoi(word)
		for range goroutines {
			recorders.Go(func() {
				mine := accepting(target)
				mine.Port = port
				conn, err := transport.Connect(t.Context(), mine, transport.Options{
					Accepted: func(a transport.Accepted) { told <- a },
				})
				if err != nil {
					t.Error(err)
					return
				}
				conn.Close()
			})
		}
	}
	for range processes {
		recorders.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), recorderEnv+"="+path+" "+strings.Join(ports, " "))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	recorders.Wait()
	if len(told) > hosts {
		t.Errorf("told of %d new keys, and there are %d", len(told), hosts)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("known_hosts is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Two servers answer to one name at the same moment: one key is recorded, and
// the other one has changed.
func TestTwoKeysForOneHost(t *testing.T) {
	t.Parallel()
	server := startServer(t, sshtest.Options{Password: thePassword, LaterHostKeys: signers(newKey(t))})
	target := targetAt(t, server.Addr())
	results := make(chan error, 2)
	for range 2 {
		go func() {
			conn, err := transport.Connect(t.Context(), accepting(target), transport.Options{})
			if err == nil {
				conn.Close()
			}
			results <- err
		}()
	}
	first, second := <-results, <-results
	if (first == nil) == (second == nil) {
		t.Fatalf("errors %v and %v", first, second)
	}
	failure[*transport.ChangedHostKeyError](t, errors.Join(first, second))
}

// Whoever holds the lock for long is not waited for longer than the phase lasts.
func TestALockedFileIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	target := targetAt(t, server.Addr())
	writeKnownHosts(t, target, "")
	f, err := os.Open(target.KnownHosts[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// Readers pass, writers don't.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, func() {
		// Enough for the key exchange itself on a slow machine.
		o := transport.Options{Timeouts: transport.Timeouts{KeyExchange: 2 * time.Second}}
		if err := refused[*transport.KnownHostsError](t, accepting(target), o); !err.Writing {
			t.Errorf("error %v", err)
		}
	})
}
