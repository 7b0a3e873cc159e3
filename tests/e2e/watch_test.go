package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hostkit/pkg/doc"
	"hostkit/tests/binaries"
	"hostkit/tests/lab"
	"hostkit/tests/screen"
)

// watched is hk-apply in front of a person.
type watched struct {
	tb
	cmd      *exec.Cmd
	terminal *os.File
	screen   *screen.Screen
	stdout   bytes.Buffer
	// drawn has a value when something was drawn, and is closed in the end.
	drawn chan struct{}
}

// watch starts hk-apply with its stderr, and on request its stdout, on a terminal.
func (s *site) watch(t *testing.T, p planned, columns, rows int, both bool, flags ...string) *watched {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	person, computer := openPTY(t)
	w := &watched{
		tb: s.tb, terminal: person, screen: screen.New(columns, rows), drawn: make(chan struct{}, 1),
		cmd: exec.Command(filepath.Join(bin, "hk-apply"), append([]string{"--confirm"}, flags...)...),
	}
	w.resize(columns, rows)
	w.cmd.Dir, w.cmd.Env = s.base, append(binaries.Environ(bin, s.env...), "TERM=xterm", "NO_COLOR=1")
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = bytes.NewReader(p.raw), &w.stdout, computer
	if both {
		w.cmd.Stdout = computer
	}
	w.cmd.ExtraFiles = []*os.File{computer}
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	computer.Close()
	go func() {
		defer close(w.drawn)
		for buffer := make([]byte, 4096); ; {
			n, err := person.Read(buffer)
			_, _ = w.screen.Write(buffer[:n])
			if err != nil {
				return
			}
			select {
			case w.drawn <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	return w
}

// openPTY returns both ends of a new terminal (pts(4)).
func openPTY(t *testing.T) (person, computer *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		computer, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return person, computer
}

func (w *watched) resize(columns, rows int) {
	w.Helper()
	size := &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(int(w.terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
		w.Fatalf("%v", err)
	}
}

// waitFor waits until a line of the screen is as pattern says.
func (w *watched) waitFor(pattern string) {
	w.Helper()
	line := regexp.MustCompile("(?m)^" + pattern)
	for !line.MatchString(w.screen.String()) {
		if _, more := <-w.drawn; !more {
			w.Fatalf("the screen shows no %s:\n%s", pattern, w.screen)
		}
	}
}

// end waits for the exit status and gives what is on the screen then.
func (w *watched) end(status int) string {
	w.Helper()
	_ = w.cmd.Wait()
	for range w.drawn {
	}
	if got := w.cmd.ProcessState.ExitCode(); got != status {
		w.Errorf("exit %d, want %d\n%s", got, status, w.screen)
	}
	if odd := w.screen.Odd(); odd != nil {
		w.Errorf("controls on the screen: %q", odd)
	}
	return w.screen.String()
}

// slow is a plan whose transaction waits until resume is called.
func slow(t *testing.T) (s *site, p planned, resume func()) {
	t.Helper()
	s = newArchiveSite(t, true, lab.Options{})
	s.exec("mkfifo /run/hk-slow")
	return s, s.plan(packages("hk-slow", "hk-one")), func() {
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-c", "timeout 60 sh -c 'echo >/run/hk-slow'")
		if err != nil {
			t.Error(err)
		}
	}
}

// A person sees which step runs, and in the end what became of the host and nothing
// else.
func TestAnApplyIsWatched(t *testing.T) {
	t.Parallel()
	s, p, resume := slow(t)
	w := s.watch(t, p, 80, 24, false)
	w.waitFor(`server  0 of 2  [0-9ms]+  install 2 packages$`)
	// A window of a few columns is no reason to fold a line.
	w.resize(30, 10)
	w.waitFor(`server  0 of 2  .{12}…$`)
	w.resize(80, 24)
	w.waitFor(`server  0 of 2  [0-9ms]+  install 2 packages$`)
	resume()
	shown := w.end(0)
	if strings.Count(shown, "\n") != 1 || !strings.HasPrefix(shown, "hk-apply: server: applied and verified in ") {
		t.Errorf("the screen shows\n%s", shown)
	}
	if err := validStream(w.stdout.Bytes()); err != nil {
		t.Error(err)
	}
}

// What a package manager prints is told while it runs, above the lines at the foot;
// and a document that goes to the same terminal stands there whole, above what else to
// do with it.
func TestAnApplyIsWatchedClosely(t *testing.T) {
	t.Parallel()
	s, p, resume := slow(t)
	w := s.watch(t, p, 20000, 60, true, "-v")
	w.waitFor(`hk-apply: server: \| Setting up hk-slow \(2.0\) ...`)
	w.waitFor(`server  0 of 2  `)
	resume()
	lines := strings.Split(strings.TrimSuffix(w.end(0), "\n"), "\n")
	written, hint := len(lines)-2, lines[len(lines)-1]
	for _, line := range lines[:written] {
		if !strings.HasPrefix(line, "hk-apply: server: ") {
			t.Errorf("the screen shows %q", line)
		}
	}
	if report := decode[doc.Report](s.tb, []byte(lines[written])); report.Status != doc.StatusApplied {
		t.Errorf("the report says %s", report.Status)
	}
	if !strings.HasPrefix(hint, "hk-apply: hint: ") || !strings.Contains(hint, "> report.json keeps") {
		t.Errorf("the last line is %q", hint)
	}
}

// A Ctrl-C stands nowhere on the screen, which says what it brings about, and is left
// as it was found.
func TestAnApplyThatIsWatchedIsInterrupted(t *testing.T) {
	t.Parallel()
	s, p, resume := slow(t)
	w := s.watch(t, p, 120, 24, false)
	w.waitFor(`server  0 of 2  [0-9ms]+  install 2 packages$`)
	if _, err := w.terminal.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	w.waitFor(`hk-apply: interrupted: stopping behind the step that runs`)
	resume()
	// There was one step, and it is done.
	shown := w.end(0)
	for _, line := range strings.Split(strings.TrimSpace(shown), "\n") {
		if !strings.HasPrefix(line, "hk-apply: ") {
			t.Errorf("the screen shows %q", line)
		}
	}
}

// Events come while a step runs, each as its schema says; in a pipe -q says nothing
// and no flag says what became of the host.
func TestEventsOfAnApply(t *testing.T) {
	t.Parallel()
	s, p, resume := slow(t)
	file := filepath.Join(s.base, "events")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	types := make(chan []string, 1)
	go func() {
		var seen []string
		var all bytes.Buffer
		from, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		defer from.Close()
		for scanner := bufio.NewScanner(from); scanner.Scan(); {
			all.Write(append(scanner.Bytes(), '\n'))
			e := decode[doc.Event](s.tb, scanner.Bytes())
			if kind := string(e.Type); len(seen) == 0 || seen[len(seen)-1] != kind {
				seen = append(seen, kind)
			}
			// The transaction goes on when this was heard.
			if e.Message == "Setting up hk-slow (2.0) ..." && e.Type == doc.EventOutput {
				resume()
			}
		}
		if err := validStream(all.Bytes()); err != nil {
			t.Error(err)
		}
		types <- seen
	}()
	o, _ := s.apply(p, "-q", "--events", file)
	want := "protocol host_started change_started output change_finished host_finished"
	if got := strings.Join(<-types, " "); o.exit != 0 || o.stderr != "" || got != want {
		t.Errorf("%s\nevents: %s", o, got)
	}
	o, _ = s.apply(s.plan(packages("hk-slow", "hk-one", "hk-quiet")))
	if o.exit != 0 || !strings.HasPrefix(o.stderr, "hk-apply: server: applied and verified in ") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("%s", o)
	}
}
