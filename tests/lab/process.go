package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// contained is a process cloned into namespaces of its own, as their PID 1.
type contained struct {
	pid  int
	done chan struct{} // closed when it and all its descendants are gone
	err  error         // how it ended; valid once done is closed
}

// startContained starts cmd with SIGKILL as its parent-death signal. That signal
// is sent when the thread that started it ends, so the goroutine below holds its
// thread until the process has been waited for. A namespace's PID 1 is not
// reaped before all others in it are, so done means that nothing is left.
func startContained(cmd *exec.Cmd, extra uintptr) (*contained, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | extra,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true, // a Ctrl-C at our terminal is not for it
	}
	p := &contained{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("clone into new namespaces: %w", err)
	}
	return p, nil
}

// kill ends everything in the namespaces and returns when nothing is left.
func (p *contained) kill() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	// Not yet waited for, so the number still is that process.
	if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill host process %d: %w", p.pid, err)
	}
	<-p.done
	return nil
}

func (p *contained) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// process names a process for good: numbers are used again, start times are not.
type process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot, field 22 of /proc/PID/stat
}

func processOf(pid int) (process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	// The second field is the command in brackets and may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) > 0 && (fields[0][0] == 'Z' || fields[0][0] == 'X') {
		// Dead, and not yet waited for: a machine's PID 1 may take its time.
		return process{}, os.ErrProcessDone
	}
	if len(fields) < 20 {
		return process{}, fmt.Errorf("/proc/%d/stat: too short", pid)
	}
	start, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return process{}, fmt.Errorf("/proc/%d/stat: start time: %w", pid, err)
	}
	return process{PID: pid, Start: start}, nil
}

func (p process) alive() bool {
	now, err := processOf(p.PID)
	return err == nil && now == p
}
