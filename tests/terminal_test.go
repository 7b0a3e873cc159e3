package tests

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"hostkit/pkg/transport/sshtest"
	"hostkit/tests/binaries"
)

const thePassphrase = "correct horse battery"

// person sits at a terminal in front of a command whose stdin and stdout carry
// documents.
type person struct {
	t              *testing.T
	terminal       *os.File
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	seen           strings.Builder
}

// openTerminal returns both ends of a new terminal (pts(4)).
func openTerminal(t *testing.T) (person, computer *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	computer, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return person, computer
}

// shown runs a command with a terminal at the streams that connect gives it, and
// returns what stands there in the end.
func shown(t *testing.T, cmd *exec.Cmd, connect func(terminal *os.File)) string {
	t.Helper()
	person, computer := openTerminal(t)
	connect(computer)
	var seen bytes.Buffer
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(&seen, person) // it ends with EIO when nobody has the other end
	}()
	_ = cmd.Run()
	computer.Close()
	<-drained
	return strings.ReplaceAll(seen.String(), "\r\n", "\n")
}

// way is how runFacts has the hosts reached.
type way struct{ terminal, jump bool }

// runFacts starts hk-facts for two hosts that take one encrypted key, or a plain
// one behind a jump host that takes the encrypted one. Without a terminal it has a
// session of its own and no person.
func runFacts(t *testing.T, by way) *person {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	identity, public := writeKey(t, filepath.Join(folder, "id_ed25519"), thePassphrase)
	plain, plainPublic := writeKey(t, filepath.Join(folder, "plain"), "")
	server, err := sshtest.Start(sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public, plainPublic}, Forward: sshtest.Loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	known := filepath.Join(folder, "known_hosts")
	if err := server.WriteKnownHosts(known); err != nil {
		t.Fatal(err)
	}
	reached := func(identity, more string) string {
		return fmt.Sprintf(`{"use_agent": false, "port": %d, "identity_file": %q, "known_hosts": %q%s}`, server.Port(), identity, known, more)
	}
	ssh := reached(identity, `, "use_config": false`)
	if by.jump {
		ssh = reached(plain, `, "use_config": false, "jump": [{"hostname": "127.0.0.1", "user": "hop", "ssh": `+reached(identity, "")+`}]`)
	}
	var documents strings.Builder
	for _, name := range []string{"one", "two"} {
		fmt.Fprintf(&documents, `{"schema": "hostkit.host/v1", "project": "test", "resources": [],
			"host": {"name": %q, "hostname": "127.0.0.1", "user": "me", "ssh": %s}}`+"\n", name, ssh)
	}
	p := &person{t: t, cmd: exec.Command(filepath.Join(bin, "hk-facts"), "--all")}
	p.cmd.Env = binaries.Environ(bin)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = strings.NewReader(documents.String()), &p.stdout, &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if by.terminal {
		var computer *os.File
		p.terminal, computer = openTerminal(t)
		defer computer.Close()
		p.cmd.ExtraFiles = []*os.File{computer}
		p.cmd.SysProcAttr.Setctty, p.cmd.SysProcAttr.Ctty = true, 3
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// writeKey writes a new private key, encrypted where passphrase is not empty.
func writeKey(t *testing.T, file, passphrase string) (string, ssh.PublicKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, signer.PublicKey()
}

// waitFor reads the terminal until it shows text once more.
func (p *person) waitFor(text string) {
	p.t.Helper()
	shown := strings.Count(p.seen.String(), text)
	for buffer := make([]byte, 1024); strings.Count(p.seen.String(), text) == shown; {
		n, err := p.terminal.Read(buffer)
		p.seen.Write(buffer[:n])
		if err != nil {
			p.t.Fatalf("the terminal shows no %q: %v\n%s\nstderr: %s", text, err, &p.seen, &p.stderr)
		}
	}
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := p.terminal.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// echoes says whether the terminal shows what is typed.
func (p *person) echoes() bool {
	p.t.Helper()
	state, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// end waits for the command, wants its status, and looks for the passphrase.
func (p *person) end(status int) {
	p.t.Helper()
	_ = p.cmd.Wait()
	if p.terminal != nil {
		// Reading ends with an error once the command has closed the other end.
		rest, _ := io.ReadAll(p.terminal)
		p.seen.Write(rest)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit %d, want %d\nstdout: %s\nstderr: %s", got, status, &p.stdout, &p.stderr)
	}
	for _, text := range []string{p.stdout.String(), p.stderr.String(), p.seen.String()} {
		if strings.Contains(text, thePassphrase) {
			p.t.Errorf("the passphrase is shown: %s", text)
		}
	}
}

func TestAPassphraseIsAskedOnTheTerminalOnce(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]bool{"of the hosts": false, "of their jump host": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := runFacts(t, way{terminal: true, jump: jump})
			p.waitFor(`id_ed25519": `)
			p.types("wrong\n")
			p.waitFor(`id_ed25519": `)
			p.types(thePassphrase + "\n")
			p.end(0)
			if got := strings.Count(p.stdout.String(), `"machine_id"`); got != 2 {
				t.Errorf("facts of %d hosts: %s", got, &p.stdout)
			}
			shown := p.seen.String()
			if strings.Count(shown, "passphrase of") != 2 || !strings.Contains(shown, "that was wrong; passphrase of ") {
				t.Errorf("the terminal shows %s", shown)
			}
			if strings.Contains(p.stdout.String()+p.stderr.String(), "passphrase of") || !p.echoes() {
				t.Errorf("stderr %s, echo %t", &p.stderr, p.echoes())
			}
		})
	}
}

func TestAnInterruptEndsTheQuestion(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]bool{"of the hosts": false, "of their jump host": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := runFacts(t, way{terminal: true, jump: jump})
			p.waitFor(`id_ed25519": `)
			p.types("half a pass\x03")
			p.end(130)
			if !p.echoes() || strings.Contains(p.seen.String(), "half") {
				t.Errorf("echo %t: %s", p.echoes(), &p.seen)
			}
		})
	}
}

func TestWithoutATerminalNobodyIsAsked(t *testing.T) {
	t.Parallel()
	p := runFacts(t, way{})
	p.end(3)
	if said := p.stderr.String(); !strings.Contains(said, "is encrypted") || !strings.Contains(said, "ssh-add") {
		t.Errorf("stderr: %s", said)
	}
}
