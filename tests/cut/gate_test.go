package cut

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// gateTools are the programs that stand for the moments at which a host can be
// held: those by which scripts and dpkg change something.
var gateTools = []string{
	"dd", "mkdir", "rmdir", "mv", "ln", "cp", "rm", "chmod", "chown", "sync", "sha256sum",
	"apt-get", "dpkg", "dpkg-deb", "dpkg-split",
}

// gatePrefix is where they are.
const gatePrefix = "/usr/local/bin/"

// gateScript stands before a tool. It counts its calls, and holds the one that it
// is told to until somebody lets it go on. The receiver's own dd, which reads a
// step, is "step"; all others are "tool". In the folder stand "what", the kind of
// calls and the number of the one to hold, "calls", a line for each, and two pipes.
// "count" has a byte for each call: a shell reads a file byte by byte, and to count
// lines of hundreds of calls at each of them would cost more than all that they do.
const gateScript = `#!/bin/sh
name=${0##*/}
real=/usr/bin/$name
[ -r /run/gate/what ] && read -r kind at </run/gate/what || exec "$real" "$@"
case $name-$* in
dd-*count_bytes*) this=step ;;
*) this=tool ;;
esac
[ "$kind" = "$this" ] || exec "$real" "$@"
printf '%s\n' "$name $*" >>/run/gate/calls
printf . >>/run/gate/count
read -r count </run/gate/count
if [ "${#count}" = "$at" ]; then
	printf '%s %s\n' "$$" "$PPID" >/run/gate/reached
	read -r _ </run/gate/go
fi
exec "$real" "$@"
`

const gateMake = `
mkdir /run/gate
mkfifo /run/gate/reached /run/gate/go
: >/run/gate/calls
for tool; do cp /run/gate.sh "/usr/local/bin/$tool"; chmod 0755 "/usr/local/bin/$tool"; done
rm /run/gate.sh
printf '%s\n' "$WHAT" >/run/gate/what
`

// gate holds a host at a moment that is counted and not timed.
type gate struct {
	host *lab.Host
	// reached and pass are the two pipes, open for both directions: to open them
	// waits for nobody.
	reached, pass *os.File
	// held receives the processes, as the host counts them: the tool that is held
	// and its parent.
	held chan [2]int
}

// newGate makes a gate at call number at of kind; 0 holds none.
func newGate(t testing.TB, host *lab.Host, kind string, at int) *gate {
	t.Helper()
	if err := host.WriteFile("/run/gate.sh", []byte(gateScript), 0o755); err != nil {
		t.Fatal(err)
	}
	tools := gateTools
	if kind == "step" {
		tools = []string{"dd"} // by which the receiver reads a step
	}
	args := append([]string{"env", fmt.Sprintf("WHAT=%s %d", kind, at), "/bin/sh", "-euc", gateMake, "sh"}, tools...)
	if _, err := host.Exec(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
	g := &gate{host: host, held: make(chan [2]int, 1)}
	g.reached, g.pass = g.pipe(t, "reached"), g.pipe(t, "go")
	go func() {
		defer close(g.held)
		var tool, parent int
		if _, err := fmt.Fscanf(g.reached, "%d %d\n", &tool, &parent); err == nil {
			g.held <- [2]int{tool, parent}
		}
	}()
	t.Cleanup(g.close)
	return g
}

func (g *gate) pipe(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(g.host.Root()+"run/gate/"+name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// forget holds nothing any more.
func (g *gate) forget(t testing.TB) {
	t.Helper()
	if err := g.host.WriteFile("/run/gate/what", []byte("none 0\n"), 0o600); err != nil {
		t.Error(err)
	}
}

// open lets go on what is held, and holds nothing any more.
func (g *gate) open(t testing.TB) {
	t.Helper()
	g.forget(t)
	if _, err := g.pass.WriteString("go\n"); err != nil {
		t.Error(err)
	}
}

// close is for the end of a test; a second one does nothing.
func (g *gate) close() {
	g.reached.Close()
	g.pass.Close()
	for range g.held {
	}
}

// count is how many calls there were.
func (g *gate) count(t testing.TB) int {
	t.Helper()
	calls, err := g.host.ReadFile("/run/gate/calls")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(calls), "\n")
}

// remove takes the gate away, so that it is not seen.
func (g *gate) remove(t testing.TB) {
	t.Helper()
	args := append([]string{"/bin/sh", "-euc", `cd /usr/local/bin; rm -f "$@"; rm -rf /run/gate`, "sh"}, gateTools...)
	if _, err := g.host.Exec(context.Background(), args...); err != nil {
		t.Error(err)
	}
}
