// Command hk-sshd is the demo's host where no real one can be made: an SSH
// server in this process, on loopback, whose shell is this machine's. It prints
// one line of JSON and serves until stdin ends or a signal comes.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport/sshtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	state := flag.String("state", "", "write key and known_hosts into `DIR`")
	flag.Parse()
	if err := run(ctx, *state, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "hk-sshd: error: %v\n", err)
		os.Exit(1)
	}
}

// started is the line for scripts; hk-lab prints the same members.
type started struct {
	Address      string `json:"address"`
	Port         int    `json:"port"`
	User         string `json:"user"`
	IdentityFile string `json:"identity_file"`
	KnownHosts   string `json:"known_hosts"`
}

func run(ctx context.Context, state string, stdin io.Reader, stdout io.Writer) error {
	line := started{
		Address: "127.0.0.1", User: "demo",
		IdentityFile: filepath.Join(state, "id_ed25519"), KnownHosts: filepath.Join(state, "known_hosts"),
	}
	key, err := newIdentity(line.IdentityFile)
	if err != nil {
		return err
	}
	server, err := sshtest.Start(sshtest.Options{User: line.User, AuthorizedKeys: []ssh.PublicKey{key}})
	if err != nil {
		return err
	}
	defer server.Close()
	line.Port = server.Port()
	if err := server.WriteKnownHosts(line.KnownHosts); err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		close(ended)
	}()
	select {
	case <-ctx.Done():
	case <-ended:
	}
	return nil
}

// newIdentity writes a new private key and returns its public half.
func newIdentity(path string) (ssh.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return ssh.NewPublicKey(public)
}
