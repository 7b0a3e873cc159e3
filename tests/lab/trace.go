package lab

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ExecTrace is a running record of every program started in a host.
type ExecTrace struct {
	cmd  *exec.Cmd
	file string
}

// TraceExec records the arguments and environment of every execve that comes
// from a login made after it returned, failed ones included: strace follows sshd,
// so none is too short to be seen. The host is slower meanwhile.
func (h *Host) TraceExec(ctx context.Context) (*ExecTrace, error) {
	file := filepath.Join(h.Dir, "exec-"+randomUUID())
	// -xx: every string in hexadecimal, so that reading it back is exact.
	cmd := exec.CommandContext(ctx, "strace", "-f", "-qq", "-v", "-xx", "-s", "4194304",
		"-e", "trace=execve,execveat", "-e", "signal=none", "-o", file, "-p", strconv.Itoa(h.PID()))
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("trace host: %w", err)
	}
	t := &ExecTrace{cmd: cmd, file: file}
	for range 1000 {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.PID()))
		if err != nil {
			break
		}
		if strings.Contains(string(status), fmt.Sprintf("TracerPid:\t%d\n", cmd.Process.Pid)) {
			return t, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("trace host: strace does not attach"), cmd.Process.Kill(), cmd.Wait())
}

// Stop, which must come before the host's, ends the record and returns what was started, in order. PIDs are those
// of this machine, not of the host. A process that did no more than fork is not
// among them.
func (t *ExecTrace) Stop() ([]Process, error) {
	// On SIGINT strace lets go of the host and ends, by the same signal.
	if err := t.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return nil, fmt.Errorf("trace host: %w", err)
	}
	_ = t.cmd.Wait()
	text, err := os.ReadFile(t.file)
	if err != nil {
		return nil, fmt.Errorf("trace host: %w", err)
	}
	var all []Process
	for line := range strings.Lines(string(text)) {
		p, ok, err := parseExec(line)
		if err != nil {
			return nil, fmt.Errorf("trace host: %w", err)
		}
		if ok {
			all = append(all, p)
		}
	}
	return all, nil
}

var (
	execRE   = regexp.MustCompile(`^(\d+) +execve(?:at)?\(.*?, \[(.*?)\], \[(.*?)\]`)
	stringRE = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`)
)

// parseExec reads a line like `12 execve("\x2f", ["\x61", "\x62"], ["\x63"]) = 0`.
// A line that starts no program ("resumed", "exited") is not ok.
func parseExec(line string) (p Process, ok bool, err error) {
	m := execRE.FindStringSubmatch(line)
	if m == nil {
		if strings.Contains(line, "execve") && !strings.Contains(line, "resumed>") {
			return p, false, fmt.Errorf("line not understood: %.200s", line)
		}
		return p, false, nil
	}
	if p.PID, err = strconv.Atoi(m[1]); err != nil {
		return p, false, err
	}
	if p.Cmdline, err = unhex(m[2]); err != nil {
		return p, false, err
	}
	p.Environ, err = unhex(m[3])
	return p, true, err
}

func unhex(list string) ([]string, error) {
	var all []string
	for _, m := range stringRE.FindAllStringSubmatch(list, -1) {
		if m[2] != "" {
			return nil, errors.New("strace cut a string short")
		}
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
		if err != nil {
			return nil, err
		}
		all = append(all, string(b))
	}
	return all, nil
}
