package transport

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hostkit/pkg/shell"
)

// thisMachine is the address of a local connection in errors.
const thisMachine = "this machine"

// local runs shells on this machine.
type local struct {
	mu     sync.Mutex
	closed bool
	shells map[*localShell]struct{}
}

func connectLocal(t Target, o Options) (*Conn, error) {
	if me := currentUser(); t.User != "" && t.User != me {
		return nil, &TargetError{
			Name: t.Name, Why: "a local connection runs as " + me + ", not as user " + strconv.Quote(t.User),
			Advice: "leave user out, and set sudo if the work needs root",
		}
	}
	return &Conn{
		opener:  &local{shells: map[*localShell]struct{}{}},
		address: thisMachine, shellLimit: o.Timeouts.Shell,
	}, nil
}

func (l *local) open(ctx context.Context, line string) (shell.Stream, error) {
	if err := context.Cause(ctx); err != nil {
		return shell.Stream{}, &PhaseError{Phase: PhaseShell, Address: thisMachine, Err: err}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return shell.Stream{}, errClosed
	}
	s, err := startLocal(l, line)
	if err != nil {
		return shell.Stream{}, &PhaseError{Phase: PhaseShell, Address: thisMachine, Err: err}
	}
	l.shells[s] = struct{}{}
	return shell.Stream{Stdin: s.in, Stdout: localOutput{s, s.out}, Stderr: localOutput{s, s.err}, Close: s.Close}, nil
}

// localOutput is an output of a shell. Its end comes after the shell's own, so
// that Close can tell how that was.
type localOutput struct {
	shell *localShell
	file  *os.File
}

func (o localOutput) Read(p []byte) (int, error) {
	n, err := o.file.Read(p)
	if err == io.EOF {
		select {
		case <-o.shell.ended:
		case <-time.After(lastWord):
		}
	}
	return n, err
}

func (l *local) close() error {
	l.mu.Lock()
	l.closed = true
	open := l.shells
	l.shells = map[*localShell]struct{}{}
	l.mu.Unlock()
	for s := range open {
		_ = s.Close()
	}
	return nil
}

// localShell is a shell in a session of its own. The streams are pipes
// whose reads and writes end when they are closed.
type localShell struct {
	owner        *local
	cmd          *exec.Cmd
	in, out, err *os.File
	closeOnce    sync.Once
	// ended is closed when the shell has ended; exit is written before.
	ended chan struct{}
	exit  error
}

func startLocal(owner *local, line string) (*localShell, error) {
	var files [3]struct{ r, w *os.File }
	closeAll := func() {
		for _, f := range files {
			f.r.Close()
			f.w.Close()
		}
	}
	for i := range files {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll()
			return nil, err
		}
		files[i].r, files[i].w = r, w
	}
	// The exec line goes through a login shell, as sshd does it.
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = files[0].r, files[1].w, files[2].w
	cmd.Env, cmd.Dir = localEnvironment()
	// A session of its own has no terminal, as with sshd: what asks a person
	// there, and whatever else differs where there is one, does not.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		closeAll()
		return nil, err
	}
	files[0].r.Close()
	files[1].w.Close()
	files[2].w.Close()
	s := &localShell{
		owner: owner, cmd: cmd, in: files[0].w, out: files[1].r, err: files[2].r,
		ended: make(chan struct{}),
	}
	go s.wait()
	return s, nil
}

// localEnvironment is what sshd would give: HostKit's own environment holds
// secrets, and nothing of it may reach a script.
func localEnvironment() (env []string, dir string) {
	env, dir = []string{"PATH=" + shell.Path, "SHELL=/bin/sh"}, "/"
	u, err := user.Current()
	if err != nil {
		return env, dir
	}
	if info, err := os.Stat(u.HomeDir); err == nil && info.IsDir() {
		dir = u.HomeDir
	}
	return append(env, "HOME="+u.HomeDir, "USER="+u.Username, "LOGNAME="+u.Username), dir
}

func (s *localShell) wait() {
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status := exit.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			s.exit = &ExitError{Status: -1, Signal: strings.TrimPrefix(unix.SignalName(status.Signal()), "SIG")}
		} else {
			s.exit = &ExitError{Status: status.ExitStatus()}
		}
	}
	s.owner.mu.Lock()
	delete(s.owner.shells, s)
	s.owner.mu.Unlock()
	close(s.ended)
}

// localPatience is how long Close waits for a shell that was killed. One that
// runs as root under sudo can't be killed; it ends when it reads from or writes
// to its streams.
const localPatience = time.Second

// Close ends the shell and everything it started. It returns the *ExitError of a
// shell that has ended by itself.
func (s *localShell) Close() error {
	select {
	case <-s.ended:
		s.closeOnce.Do(s.closeStreams)
		return s.exit
	default:
	}
	s.closeOnce.Do(func() {
		s.closeStreams()
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		select {
		case <-s.ended:
		case <-time.After(localPatience):
		}
	})
	return nil
}

func (s *localShell) closeStreams() {
	s.in.Close()
	s.out.Close()
	s.err.Close()
}

func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}
