package become_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/tests/lab"
)

func oneUser(t testing.TB) *lab.Host {
	t.Helper()
	return lab.Run(t, lab.Options{Users: []lab.User{
		{Name: "bea", Password: canary, Sudo: lab.SudoWithPassword},
		{Name: "free", Sudo: lab.SudoNoPassword, Doas: lab.DoasNoPassword},
	}})
}

// pattern is n bytes that are not text.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func TestContentPassesThroughWhole(t *testing.T) {
	t.Parallel()
	session := open(t, login(t, oneUser(t), "bea"), sudo(canary))
	content := pattern(5<<20 + 7)
	want := fmt.Sprintf("%x  -\n", sha256.Sum256(content))
	steps := []shell.Step{
		{Script: shell.New(`sha256sum`), Content: bytes.NewReader(content), Size: int64(len(content))},
		{Script: shell.New(`cat`), Content: strings.NewReader("after\n"), Size: 6},
	}
	if err := session.RunLast(t.Context(), steps, func(i int, r shell.Result) error {
		if got := string(r.Stdout); got != []string{want, "after\n"}[i] {
			t.Errorf("step %d: %q", i, got)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// The connection goes while a step runs: that one is done, the next is not begun,
// and nothing of the session is left.
func TestClosingStopsAtAStep(t *testing.T) {
	t.Parallel()
	host := oneUser(t)
	for _, tt := range []struct {
		user string
		as   transport.Privilege
	}{{"bea", sudo(canary)}, {"free", sudo("")}, {"free", doas("")}} {
		t.Run(string(tt.as.Program)+" of "+tt.user, func(t *testing.T) {
			conn := login(t, host, tt.user)
			session := open(t, conn, tt.as)
			execute(t, host, "rm", "-f", "/go", "/begun", "/done", "/next")
			cut := errors.New("cut")
			steps := []shell.Step{
				{Script: shell.New(`:`)},
				// More than all pipes on the way hold, so that cat stands in a write.
				{Script: shell.New(`: >/begun; until [ -e /go ]; do sleep 0.02; done; cat >/dev/null; : >/done`), Content: bytes.NewReader(pattern(1 << 20)), Size: 1 << 20},
				{Script: shell.New(`: >/next`)},
			}
			err := session.Run(t.Context(), steps, func(int, shell.Result) error {
				await(t, host, "/begun")
				return cut
			})
			if !errors.Is(err, cut) {
				t.Fatal(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			execute(t, host, "touch", "/go")
			awaitEnd(t, host)
			// The end of what was sent may come within the step, which then reads less.
			if _, err := host.ReadFile("/done"); err != nil {
				t.Errorf("the step that had begun: %v", err)
			}
			if _, err := host.ReadFile("/next"); err == nil {
				t.Error("the next step was begun")
			}
		})
	}
}

func await(t testing.TB, host *lab.Host, file string) {
	t.Helper()
	until(t, file+" is not there", func() bool {
		_, err := host.ReadFile(file)
		return err == nil
	})
}

// awaitEnd waits until no shell and no sudo is left on the host.
func awaitEnd(t testing.TB, host *lab.Host) {
	t.Helper()
	until(t, "processes of the session are left", func() bool {
		processes, err := host.Processes()
		if err != nil {
			return false
		}
		for _, p := range processes {
			if line := strings.Join(p.Cmdline, " "); strings.Contains(line, "hostkit") || line == "cat" {
				return false
			}
		}
		return true
	})
}

func until(t testing.TB, otherwise string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
	}
}

// When the receiver is killed, the session ends, though its cat has nothing to
// write and would stay.
func TestASessionEndsWithItsReceiver(t *testing.T) {
	t.Parallel()
	host := oneUser(t)
	session := open(t, login(t, host, "bea"), sudo(canary))
	steps := []shell.Step{{Script: shell.New(`:`)}, {Name: "end", Script: shell.New(`kill -9 $$`)}}
	err := session.Run(t.Context(), steps, func(int, shell.Result) error { return nil })
	closed, ok := errors.AsType[*shell.ClosedError](err)
	if !ok || closed.Running != "end" || closed.Completed != 1 {
		t.Errorf("%v", err)
	}
	_ = session.Close()
	awaitEnd(t, host)
}

// BenchmarkContent sends 64 MiB, which is the most a file may have.
func BenchmarkContent(b *testing.B) {
	host := oneUser(b)
	const size = 64 << 20
	for _, how := range []struct {
		name, user string
		as         transport.Privilege
	}{
		{"plain", "bea", transport.Privilege{}},
		{"sudo", "free", sudo("")},
		{"password", "bea", sudo(canary)},
		{"doas", "free", doas("")},
	} {
		b.Run(how.name, func(b *testing.B) {
			session := open(b, login(b, host, how.user), how.as)
			b.SetBytes(size)
			for b.Loop() {
				step := shell.Step{Script: shell.New(`cat >/dev/null`), Content: io.LimitReader(zeros{}, size), Size: size}
				if err := session.Run(b.Context(), []shell.Step{step}, func(int, shell.Result) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
