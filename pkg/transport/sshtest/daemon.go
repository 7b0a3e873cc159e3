package sshtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// daemon is an sshd that listens by itself.
type daemon struct {
	cmd     *exec.Cmd
	address string
	// drained is closed when it says nothing more.
	drained chan struct{}
}

// StartOpenSSHDaemon is [StartOpenSSH] with an sshd that listens by itself: only
// that one counts its connections (MaxStartups). Close leaves connections that are
// open to their clients.
func StartOpenSSHDaemon(dir string, authorized ssh.PublicKey, config ...string) (*OpenSSH, error) {
	// Another process may take the port between the choice and the use of it.
	const attempts = 5
	for attempt := 1; ; attempt++ {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		address := free.Addr().(*net.TCPAddr)
		free.Close()
		s, err := newOpenSSH(dir, authorized, append([]string{
			"ListenAddress 127.0.0.1", "Port " + strconv.Itoa(address.Port), "LogLevel INFO",
		}, config...))
		if err != nil {
			return nil, err
		}
		if s.daemon, err = startDaemon(s.config, address.String()); err == nil || attempt == attempts {
			return s, err
		}
	}
}

// startDaemon returns when sshd has said that it listens.
func startDaemon(config, address string) (*daemon, error) {
	d := &daemon{cmd: exec.Command(sshd, "-D", "-e", "-f", config), address: address, drained: make(chan struct{})}
	said, err := d.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	var before strings.Builder
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Server listening on ") {
			go func() {
				defer close(d.drained)
				_, _ = io.Copy(io.Discard, said)
			}()
			return d, nil
		}
		before.WriteString(lines.Text() + "\n")
	}
	_ = d.cmd.Process.Kill()
	return nil, fmt.Errorf("sshd -D: %w: %s", d.cmd.Wait(), before.String())
}

func (d *daemon) close() {
	_ = d.cmd.Process.Kill()
	<-d.drained
	_ = d.cmd.Wait()
}
