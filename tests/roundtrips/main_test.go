package roundtrips_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/transport/relay"
	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

func TestMain(m *testing.M) {
	code := m.Run()
	binaries.Remove()
	os.Exit(code)
}

// latency is that of one way in the first measurement.
const latency = 50 * time.Millisecond

const password = "correct horse"

// distant is a lab host that is far away. Its methods are for one goroutine.
type distant struct {
	t   testing.TB
	lab *lab.Host
	bin string
	// dir is the folder that the commands run in.
	dir string
	// latency is that of one way.
	latency time.Duration
}

func newDistant(t testing.TB) *distant {
	t.Helper()
	host := lab.Run(t, lab.Options{
		RootPassword: password, Users: []lab.User{
			{Name: "deploy", Sudo: lab.SudoNoPassword, Doas: lab.DoasNoPassword},
			{Name: "asked", Password: password, Sudo: lab.SudoWithPassword},
		},
	})
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	return &distant{t: t, lab: host, bin: bin, dir: t.TempDir(), latency: latency}
}

// relay starts a relay to the host: one for each run, so that its count is of
// that run alone. It returns its port.
func (d *distant) relay() (*relay.Relay, string) {
	d.t.Helper()
	r, err := relay.Start(d.lab.Addr(), d.latency)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(r.Close)
	_, port, _ := strings.Cut(r.Addr(), ":")
	var lines strings.Builder
	for _, key := range d.lab.HostKeys() {
		fmt.Fprintf(&lines, "[127.0.0.1]:%s %s\n", port, key.Line)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "known_hosts"), []byte(lines.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return r, port
}

// byKey is the host as a document names it, with a login by key; the port is
// given by flag.
func (d *distant) byKey() object {
	return object{
		"hostname": "127.0.0.1", "user": "root",
		"ssh": object{"identity_file": d.lab.Identity, "known_hosts": "known_hosts"},
	}
}

func (d *distant) byPassword() object {
	return object{
		"hostname": "127.0.0.1", "user": "root",
		"ssh": object{
			"password": object{"$secret": object{"env": "HOSTKIT_SSH_PASSWORD"}}, "known_hosts": "known_hosts",
		},
	}
}

// run runs a command over a relay of its own; it returns stdout and the turns.
func (d *distant) run(stdin []byte, name string, args ...string) ([]byte, int) {
	d.t.Helper()
	r, port := d.relay()
	began := time.Now()
	out := d.command(stdin, name, append(args, "--port", port)...)
	took := time.Since(began).Round(time.Millisecond)
	turns := count(d.t, r)
	d.t.Logf("%s %s: %d turns, %v", name, strings.Join(args, " "), turns, took)
	return out, turns
}

// command runs a command that must succeed.
func (d *distant) command(stdin []byte, name string, args ...string) []byte {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), filepath.Join(d.bin, name), args...)
	cmd.Env = binaries.Environ(d.bin, "HOSTKIT_SSH_PASSWORD="+password)
	cmd.Dir = d.dir
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s%s", name, err, stderr.Bytes(), out)
	}
	return out
}

// count is the turns of the relay's one connection when it is over.
func count(t testing.TB, r *relay.Relay) int {
	t.Helper()
	r.Wait()
	turns := r.Turns()
	if len(turns) != 1 {
		t.Fatalf("%d connections were made, want one: %v", len(turns), turns)
	}
	return turns[0]
}

// within measures what takes a number of turns and wants it to be at most so many.
// A machine that is busy can only add turns: a flight that takes longer than a
// turn to write is counted as two. So what took too many is measured again, from
// twice as far away.
func (d *distant) within(what string, most int, measure func() int) {
	d.t.Helper()
	var seen []int
	for range 4 {
		turns := measure()
		if seen = append(seen, turns); turns <= most {
			d.latency = latency
			return
		}
		d.latency *= 2
	}
	d.t.Errorf("%s took %v turns, want at most %d", what, seen, most)
}
