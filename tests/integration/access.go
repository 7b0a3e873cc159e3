package integration

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// access is one OpenSSH connection to the target, which everything that is not
// HostKit shares: the suite's own hand, goss and Ansible. So there is one login.
type access struct {
	target Target
	// config is the ssh_config that leads to the target, by its hostname.
	config string
	master *exec.Cmd
	// hold keeps the connection, and on the target the process that holds the claim.
	hold io.Closer
	// pid of that process, and who has logged in.
	pid, user string
	ended     chan struct{}
}

// ready begins the line that the target prints when the login has succeeded: login
// shells may print lines of their own before.
const ready = "hostkit-integration ready "

// dial logs in, once. Its files are in dir.
func dial(ctx context.Context, t Target, dir string) (*access, error) {
	a := &access{target: t, config: filepath.Join(dir, "ssh_config"), ended: make(chan struct{})}
	if err := a.writeConfig(dir); err != nil {
		return nil, err
	}
	// Not of the context: it is wanted behind an interruption.
	a.master = exec.Command("ssh", "-F", a.config, "-M", t.Host.Hostname, `exec /bin/sh -c 'echo "`+ready+`$$ $(id -u)"; exec cat'`)
	a.master.Env = a.environ(dir)
	// Ctrl-C at the terminal is for this process, which puts the target back.
	a.master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	a.master.Stderr = &said
	stdin, err := a.master.StdinPipe()
	if err != nil {
		return nil, err
	}
	a.hold = stdin
	stdout, err := a.master.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := a.master.Start(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = a.master.Process.Kill() })
	found := a.awaitReady(stdout)
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		_ = a.master.Wait()
		close(a.ended)
	}()
	if stop() && found {
		return a, nil
	}
	a.close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// OpenSSH begins with its own name where it did not get as far as the login.
	words := strings.TrimSpace(strings.TrimPrefix(said.String(), "ssh: "))
	return nil, &NoTarget{"ssh: " + words, a.advice(words)}
}

// advice says what to do about what ssh has said.
func (a *access) advice(said string) string {
	try := "can you log in with: " + a.byHand()
	switch ref := a.target.ssh().Password; {
	case strings.Contains(said, "Host key verification failed"):
		return `is that the host you mean? log in to it once, which records its key: ` + a.byHand() +
			`; or write "silently_accept_hosts": true into ssh`
	case strings.Contains(said, "Permission denied") && ref != nil:
		return "is that the user, and the password in " + string(ref.Secret.Env) + " the right one? " + try
	case strings.Contains(said, "connect to host") || strings.Contains(said, "resolve hostname"):
		return "check hostname and port in " + a.target.Config + "; " + try
	}
	return try
}

func (a *access) awaitReady(stdout io.Reader) bool {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if words, ok := strings.CutPrefix(lines.Text(), ready); ok {
			a.pid, a.user, _ = strings.Cut(words, " ")
			return true
		}
	}
	return false
}

// byHand is how a person would log in.
func (a *access) byHand() string {
	h, words := a.target.Host, []string{"ssh"}
	if p := a.target.ssh().Port; p != 0 {
		words = append(words, fmt.Sprint("-p ", p))
	}
	if f := a.target.ssh().IdentityFile; f != "" {
		words = append(words, "-i "+f)
	}
	if h.User != "" {
		h.Hostname = h.User + "@" + h.Hostname
	}
	return strings.Join(append(words, h.Hostname), " ")
}

// close ends the connection, and with it everything that goes through it.
func (a *access) close() {
	_ = a.hold.Close()
	select {
	case <-a.ended:
	case <-time.After(5 * time.Second):
		_ = a.master.Process.Kill()
		<-a.ended
	}
}

// alive says whether the connection is there.
func (a *access) alive() bool {
	select {
	case <-a.ended:
		return false
	default:
		return true
	}
}

// root runs a script with arguments on the target, as root, and returns its stdout.
func (a *access) root(ctx context.Context, stdin io.Reader, script string, args ...string) ([]byte, error) {
	command := "exec " + a.become() + "/bin/sh -c " + quote(script) + " sh"
	for _, arg := range args {
		command += " " + quote(arg)
	}
	if name := a.sudoPassword(); name != "" {
		// sudo reads no further than the line.
		password := strings.NewReader(os.Getenv(name) + "\n")
		if stdin == nil {
			stdin = password
		} else {
			stdin = io.MultiReader(password, stdin)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "ssh", "-F", a.config, a.target.Host.Hostname, command)
	own(cmd)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("on the target: %w", errors.Join(ctx.Err(), errors.New(lastLines(stderr.String()+err.Error()))))
	}
	return stdout.Bytes(), nil
}

func (a *access) become() string {
	switch {
	case !a.target.Host.Sudo.On || a.user == "0":
		return ""
	case a.sudoPassword() != "":
		return "sudo -k -S -p '' "
	}
	return "sudo -n "
}

// sudoPassword names the variable that has it; empty where none is needed.
func (a *access) sudoPassword() string {
	if ref := a.target.Host.Sudo.With.Password; ref != nil && a.user != "0" {
		return string(ref.Secret.Env)
	}
	return ""
}

// quote is for the shell of the one who logs in.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// own gives a command a process group, so that Ctrl-C reaches it through the context
// alone: as the signal of the terminal, and with the time to end well.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 2 * time.Minute
}

func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
