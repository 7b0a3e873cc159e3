package facts

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

func TestOSRelease(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want doc.OS
	}{
		"debian":           {"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", doc.OS{ID: "debian", IDLike: []string{}, VersionID: "12"}},
		"derivative":       {"ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID='9.3'\n", doc.OS{ID: "rocky", IDLike: []string{"rhel", "centos", "fedora"}, VersionID: "9.3"}},
		"escaped":          {`ID="a\"b"`, doc.OS{ID: `a"b`, IDLike: []string{}}},
		"nothing":          {"", doc.OS{ID: "linux", IDLike: []string{}}},
		"terminal escapes": {"ID=\x1b]52;c;aGk=\x07debian", doc.OS{ID: "]52;c;aGk=debian", IDLike: []string{}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parseOSRelease([]byte(test.in))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMachineID(t *testing.T) {
	for in, want := range map[string]doc.Digest{
		"":                                   "",
		"uninitialized\n":                    "",
		"0123456789abcdef0123456789abcdef\n": "sha256:3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9",
	} {
		if got := machineID([]byte(in)); got != want {
			t.Errorf("machineID(%q) = %q, want %q", in, got, want)
		}
	}
}

// hung is a host that answers the first steps of a batch and no more.
type hung struct{ answers []shell.Result }

func (h hung) Run(ctx context.Context, _ []shell.Step, each func(int, shell.Result) error) error {
	for i, r := range h.answers {
		if err := each(i, r); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

func (h hung) RunLast(ctx context.Context, steps []shell.Step, each func(int, shell.Result) error) error {
	return h.Run(ctx, steps, each)
}

func (hung) HostKey() *doc.HostKey { return nil }
func (hung) Server() *doc.SSHFacts { return nil }
func (hung) Close() error          { return nil }

// A script that waited for a dead file system held hk-facts for ever: keepalives
// find only hosts that are gone.
func TestAHostThatHangsInAStepIsGivenUp(t *testing.T) {
	var basics Basics
	probes := BasicProbes(&basics)
	tools, err := exec.Command("/bin/sh", "-c", probes[0].Script.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, answers := range [][]shell.Result{nil, {{Stdout: tools}}} {
		_, err := observe(t.Context(), hung{answers}, nil, nil, More{}, 50*time.Millisecond)
		var stuck *StuckError
		if !errors.As(err, &stuck) || stuck.Step != probes[len(answers)].Name || stuck.Exit() != 4 || stuck.Code() != "timeout" {
			t.Errorf("after %d answers: %v", len(answers), err)
		}
	}
}

func FuzzBasics(f *testing.F) {
	f.Add([]byte("ID=debian\x006.1.0 x86_64\n\x00\x0012.5\x00apt-get\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var b Basics
		if err := b.read(shell.Result{Stdout: answer}); err == nil && b.Arch == "" {
			t.Error("a host without an architecture was taken")
		}
	})
}
