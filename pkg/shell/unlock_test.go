package shell

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// sudoScript stands in for sudo where only our side of the pipes matters; the
// real one is asked in tests/become. It reads as sudo does, a byte at a time,
// takes three attempts, and keeps what could be seen of a password if it is to.
const sudoScript = `#!/bin/sh
here=${0%/*}
[ ! -e "$here/watched" ] || { env; cat /proc/[0-9]*/cmdline | tr '\0' '\n'; } >>"$here/seen" 2>/dev/null
[ "$1" = -k ] || exit 9
how=$2
shift 2
[ "$1" != -u ] || shift 2
[ "$how" != -n ] || [ -e "$here/nopasswd" ] || { echo 'sudo: a password is required' >&2; exit 1; }
if [ "$how" = -S ] && ! { [ -e "$here/once" ] && [ -s "$here/attempts" ]; }; then
	want=$(cat "$here/password"; echo x)
	for attempt in 1 2 3; do
		IFS= read -r password || { echo 'sudo: no password was provided' >&2; exit 1; }
		echo attempt >>"$here/attempts"
		[ "${password}x" != "$want" ] || break
		echo 'Sorry, try again.' >&2
		[ $attempt -lt 3 ] || exit 1
	done
fi
SUDO_USER=somebody "$@"
`

// fakeSudo is a folder with the script and what it goes by.
type fakeSudo struct{ folder string }

func newFakeSudo(t testing.TB, password string, flags ...string) fakeSudo {
	t.Helper()
	// Only those may look who may see the password anyway.
	f := fakeSudo{t.TempDir()}
	f.write(t, "sudo", sudoScript, 0o755)
	f.write(t, "password", password, 0o600)
	for _, flag := range flags {
		f.write(t, flag, "", 0o600)
	}
	return f
}

func (f fakeSudo) write(t testing.TB, name, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.folder, name), []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func (f fakeSudo) read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.folder, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func (f fakeSudo) attempts(t testing.TB) int { return strings.Count(f.read(t, "attempts"), "\n") }

// start starts a line that asks for a password.
func (f fakeSudo) start(t testing.TB, on target, env ...string) *host {
	t.Helper()
	line := execLine(on.sh, on.path, Become{Program: "sudo", User: "somebody", WithPassword: true})
	return startHost(t, on.sh, line, append(env, "PATH="+f.folder+":"+Path)...)
}

// unlocked answers the handshake and opens a session.
func unlocked(t testing.TB, h *host, password string) *Session {
	t.Helper()
	stream, _, err := Unlock(h.stream, []byte(password))
	if err != nil {
		said, _ := io.ReadAll(h.stream.Stderr)
		t.Fatalf("%v: it said %q", err, said)
	}
	h.stream = stream
	return sessionOf(t, h)
}

func becameSomebody(t testing.TB, s *Session) {
	t.Helper()
	got := results(t, s, script(`echo "$SUDO_USER"`), withContent(`cat`, "it's\n"))
	if string(got[0].Stdout) != "somebody\n" || string(got[1].Stdout) != "it's\n" {
		t.Errorf("got %+v", got)
	}
}

// passwords are what shells and sudo could take for something else.
var passwords = []string{
	"secret", "two words", " leading", "trailing ", "\ttab\t", "-n", "--", `it's "quoted"`, `back\slash\`, `\n`, "%s%d",
	"$HOME `id` $(id)", "*", "~", "#", "!", "hostkit: go", "hostkit: password", "12345", "0", "pässwörd", "密码🔑",
	"\x81\x82\x88\xff\xfe", "\x01\x7f\x1b[2J", strings.Repeat("long ", 205)[:1024],
}

func TestAPasswordArrivesAsItIs(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, password := range passwords {
			sudo := newFakeSudo(t, password)
			becameSomebody(t, unlocked(t, sudo.start(t, on), password))
			if got := sudo.attempts(t); got != 2 {
				t.Errorf("%q: %d passwords were read, want one by each sudo", password, got)
			}
		}
	})
}

// Whatever bytes a password has, the one that is right is taken and another is
// refused, at one attempt.
func TestAnyPassword(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		one := rapid.SliceOfN(rapid.Byte().Filter(func(b byte) bool { return b != 0 && b != '\n' && b != '\r' }), 1, 200)
		for range 15 {
			seed := rand.Int()
			right, wrong := string(one.Example(seed)), string(one.Example(seed+1))
			becameSomebody(t, unlocked(t, newFakeSudo(t, right).start(t, on), right))
			if wrong != right {
				refused(t, newFakeSudo(t, right), on, wrong)
			}
			if t.Failed() {
				t.Fatalf("seed %d: right %q, wrong %q", seed, right, wrong)
			}
		}
	})
}

// refused sends a password that is wrong.
func refused(t testing.TB, sudo fakeSudo, on target, wrong string) {
	t.Helper()
	h := sudo.start(t, on)
	if _, _, err := Unlock(h.stream, []byte(wrong)); err != io.EOF {
		t.Errorf("%q: error %v", wrong, err)
	}
	said, _ := io.ReadAll(h.stream.Stderr)
	err := h.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != StatusRefused || sudo.attempts(t) != 1 {
		t.Errorf("%q: %v after %d attempts", wrong, err, sudo.attempts(t))
	}
	if !bytes.Contains(said, []byte("Sorry, try again.")) || len(wrong) > 8 && bytes.Contains(said, []byte(wrong)) {
		t.Errorf("%q: it said %q", wrong, said)
	}
}

const canary = "canary-5f1d"

// What a login environment may hold that would show a password to others.
func TestAPasswordIsSeenNowhere(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, env := range [][]string{
			nil, hostileEnvironment,
			{"SHELLOPTS=allexport:xtrace:verbose", "PS4=$p", "p=exported", "a=exported", "s=exported"},
			{"BASH_FUNC_printf%%=() { echo pwned; }", "BASH_FUNC_read%%=() { p=pwned; }", "BASH_FUNC_sudo%%=() { echo pwned; }", "BASH_FUNC_command%%=() { :; }", "BASH_FUNC_kill%%=() { :; }"},
		} {
			sudo := newFakeSudo(t, canary, "watched")
			h := sudo.start(t, on, env...)
			var errs bytes.Buffer
			h.stream.Stderr = io.TeeReader(h.stream.Stderr, &errs)
			s := unlocked(t, h, canary)
			got := results(t, s, script(`env; set; cat /proc/[0-9]*/cmdline | tr '\0' '\n'`))
			if strings.Contains(string(got[0].Stdout), canary) || strings.Contains(errs.String(), canary) {
				t.Errorf("%q: a step could see the password; stderr %q", env, errs.String())
			}
			if seen := sudo.read(t, "seen"); strings.Contains(seen, canary) || !strings.Contains(seen, "SUDO_PROMPT= \n") {
				t.Errorf("%q: the password was seen by sudo's neighbours", env)
			}
		}
	})
}

func TestAPasswordThatIsNotNeededIsNotSent(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		sudo := newFakeSudo(t, canary, "nopasswd")
		h := sudo.start(t, on)
		in := &tap{WriteCloser: h.stream.Stdin}
		h.stream.Stdin = in
		becameSomebody(t, unlocked(t, h, canary))
		if bytes.Contains(in.copied.Bytes(), []byte(canary)) || sudo.attempts(t) != 0 {
			t.Error("it was sent")
		}
	})
}

// A PAM that asks once an hour: the second sudo leaves the password in its
// stdin, where the bootstrap reads.
func TestAPasswordThatSudoLeavesIsNoHeader(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, password := range []string{canary, "12345", "4000000000", "a b", " "} {
			h := newFakeSudo(t, password, "once").start(t, on)
			becameSomebody(t, unlocked(t, h, password))
		}
		// The one password that can't be told from what follows it.
		h := newFakeSudo(t, markGo, "once").start(t, on)
		if _, err := runAll(limited(t), unlocked(t, h, markGo), []Step{script(`:`)}); err == nil {
			t.Error("a session began with half of its opening lost")
		}
	})
}

func TestABootstrapPrintsNoHeaderThatIsNone(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, header := range []string{canary, "-1", "1 " + canary, "99999999999999999999", ""} {
			cmd := exec.Command(on.sh, "-c", strings.TrimPrefix(execLine(on.sh, on.path, Become{}), "exec "))
			cmd.Stdin = strings.NewReader(header + "\n")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.HasPrefix(string(out), bootstrapFailed+"0 of 0 bytes") {
				t.Errorf("%q: %v, %q", header, err, out)
			}
		}
	})
}

func TestHalfAPasswordIsNotTried(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		sudo := newFakeSudo(t, "half")
		h := sudo.start(t, on)
		if _, err := io.WriteString(h.stream.Stdin, "half"); err != nil {
			t.Fatal(err)
		}
		if err := h.stream.Stdin.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, err := Unlock(Stream{Stdin: discard{io.Discard}, Stdout: h.stream.Stdout}, nil)
		var exit *exec.ExitError
		if ended := h.cmd.Wait(); err != io.EOF || !errors.As(ended, &exit) || exit.ExitCode() != StatusNoPassword || sudo.attempts(t) != 0 {
			t.Errorf("%v, %v after %d attempts", err, ended, sudo.attempts(t))
		}
	})
}

// cat, between the connection and the receiver, writes only when something
// comes: it must not keep open what has ended.
func TestASessionWithAPasswordEndsWithItsReceiver(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, source := range []text{`kill -9 $$`, `kill -9 $PPID; kill -9 $$`} {
			s := unlocked(t, newFakeSudo(t, canary).start(t, on), canary)
			var closed *ClosedError
			if _, err := runAll(limited(t), s, []Step{script(`:`), script(source)}); !errors.As(err, &closed) || closed.Completed != 1 {
				t.Errorf("%s: %v", source, err)
			}
		}
	})
}

func TestClosingStopsAHostWithAPasswordAtAStep(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		h := newFakeSudo(t, canary).start(t, on)
		s := unlocked(t, h, canary)
		done := filepath.Join(t.TempDir(), "done")
		results(t, s, script(`: >"$1"`, done))
		if err := h.stream.Stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if err := h.cmd.Wait(); err != nil {
			t.Errorf("the host's end: %v", err)
		}
		if err := syscall.Kill(-h.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("something is left of the group: %v", err)
		}
	})
}

// The password leaves only after a line that is exactly the one that asks.
func TestNothingElseAsksForThePassword(t *testing.T) {
	line := execLine("/bin/sh", Path, Become{Program: "sudo", WithPassword: true})
	for _, said := range []string{
		"", "\n", line, line + "\n", strings.ReplaceAll(line, ";", "\n"), "+ " + line + "\n",
		"x" + markPassword + "\n", markPassword, " " + markPassword + "\n", markPassword + " \n", markReady + "\n",
		strings.Repeat("x", 4096) + markPassword + "\n", strings.Repeat("x", 4096-len(markPassword)) + markPassword + "\n",
	} {
		in := &tap{WriteCloser: discard{io.Discard}}
		_, _, err := Unlock(Stream{Stdin: in, Stdout: strings.NewReader(said)}, []byte(canary))
		if err != io.EOF || in.copied.Len() > 0 {
			t.Errorf("%.200q: sent %q, error %v", said, in.copied.Bytes(), err)
		}
	}
	loud := io.MultiReader(strings.NewReader("Welcome\n"), endless{})
	var noise *NoiseError
	if _, _, err := Unlock(Stream{Stdout: loud}, nil); !errors.As(err, &noise) || noise.FirstLine != "Welcome" {
		t.Errorf("endless noise: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "la la la\n"), nil }
