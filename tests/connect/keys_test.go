package connect_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// key makes a key pair with the tool that people use and returns the path of its
// private half; the passphrase may be empty.
func (p place) key(name, passphrase string) string {
	p.t.Helper()
	path := p.path("keys", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	// With few rounds: the strength of the passphrase is not what is tested.
	p.must(nil, "ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-C", name, "-f", path)
	return path
}

// public is the authorized_keys line of a private key.
func (p place) public(key string) string {
	p.t.Helper()
	text, err := os.ReadFile(key + ".pub")
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// fingerprint is that of a key, as ssh-keygen says it.
func (p place) fingerprint(key string) string {
	p.t.Helper()
	return strings.Fields(string(p.must(nil, "ssh-keygen", "-lf", key+".pub")))[1]
}

// agent starts an ssh-agent that holds keys, in that order, until the test ends.
// It returns what must stand in the environment of its clients.
func (p place) agent(name string, keys ...string) string {
	p.t.Helper()
	// The path of a socket is short, and a test's folder may not be.
	dir, err := os.MkdirTemp("", "agent-")
	if err != nil {
		p.t.Fatal(err)
	}
	socket := filepath.Join(dir, name)
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	agent.Env = p.env
	said, err := agent.StdoutPipe()
	if err == nil {
		err = agent.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
		_ = os.RemoveAll(dir)
	})
	// It says where it listens once it does.
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, socket) {
		p.t.Fatalf("ssh-agent said %q, %v", line, err)
	}
	variable := "SSH_AUTH_SOCK=" + socket
	for _, key := range keys {
		if o := p.run(nil, []string{variable}, "ssh-add", "-q", key); o.exit != 0 {
			p.t.Fatalf("%s", o)
		}
	}
	return variable
}
