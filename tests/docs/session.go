package docs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// session is a shell that types what a page says.
type session struct {
	// dir is the folder that it begins in, own one for the scripts and what they say.
	dir, own string
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	// answers has a line for each script: its exit status.
	answers *bufio.Reader
	read    *os.File
	count   int
}

// startSession starts a shell. It ends with ctx, or by end.
func startSession(ctx context.Context, dir, own string, env []string) (*session, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &session{dir: dir, own: own, read: read, answers: bufio.NewReader(read)}
	s.cmd = exec.CommandContext(ctx, "bash", "--noprofile", "--norc")
	s.cmd.Dir, s.cmd.Env = dir, env
	s.cmd.ExtraFiles = []*os.File{write} // 3
	// What the page leaves running ends with it.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Cancel = s.kill
	s.stdin, err = s.cmd.StdinPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err = errors.Join(err, write.Close()); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	_, err = io.WriteString(s.stdin, "set -o pipefail; umask 022\n")
	return s, err
}

func (s *session) kill() error {
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// end ends the shell and all that it has started.
func (s *session) end() error {
	err := errors.Join(s.kill(), s.stdin.Close())
	_ = s.cmd.Wait() // it was killed
	return errors.Join(err, s.read.Close())
}

// said is what became of a script.
type said struct {
	// lines are stdout and stderr in the order in which they came.
	lines  []string
	status int
	// failed is the line of a strict script that failed, from 1; 0 if none is known.
	failed int
	// over says that the shell is gone.
	over bool
}

// run types a script. Its stdin is empty.
func (s *session) run(script string, strict bool) (said, error) {
	s.count++
	file := filepath.Join(s.own, strconv.Itoa(s.count))
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return said{}, err
	}
	typed := fmt.Sprintf(". %[1]s </dev/null >%[1]s.out 2>&1 3>&-; echo $? >&3\n", file)
	if strict {
		// In a sourced file LINENO is the line of that file. What a trap says goes to 3
		// of the shell, which a command can't see.
		typed = fmt.Sprintf("exec 4>&3; trap 'echo fail $? $LINENO >&4' ERR; set -e\n"+
			". %[1]s </dev/null >%[1]s.out 2>&1 3>&-\nset +e; trap - ERR; exec 4>&-; echo 0 >&3\n", file)
	}
	if _, err := io.WriteString(s.stdin, typed); err != nil && !errors.Is(err, syscall.EPIPE) {
		return said{}, err
	}
	var result said
	answer, err := s.answers.ReadString('\n')
	if rest, ok := strings.CutPrefix(answer, "fail "); ok {
		if _, err := fmt.Sscan(rest, &result.status, &result.failed); err != nil {
			return said{}, fmt.Errorf("%q: %w", answer, err)
		}
		result.over = true
	} else if err != nil {
		result.status, result.over = -1, true
	} else if result.status, err = strconv.Atoi(strings.TrimSpace(answer)); err != nil {
		return said{}, err
	}
	raw, err := os.ReadFile(file + ".out")
	if err != nil {
		return said{}, err
	}
	text := regexp.MustCompile(regexp.QuoteMeta(file)+`: line \d+: `).ReplaceAllString(string(raw), "bash: ")
	if text != "" {
		result.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	return result, nil
}
