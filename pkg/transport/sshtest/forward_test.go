package sshtest_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport/sshtest"
)

func TestForward(t *testing.T) {
	t.Parallel()
	last := start(t, sshtest.Options{Password: "pw"})
	names := func(address string) string {
		if address == "db1.invalid:22" {
			return last.Addr()
		}
		return sshtest.Loopback(address)
	}
	for _, tt := range []struct {
		forward func(string) string
		to      string
		reason  ssh.RejectionReason
	}{
		{nil, last.Addr(), ssh.Prohibited},
		{sshtest.Loopback, last.Addr(), 0},
		{sshtest.Loopback, "192.0.2.1:22", ssh.Prohibited},
		{sshtest.Loopback, "127.0.0.1:1", ssh.ConnectionFailed},
		{names, "db1.invalid:22", 0},
	} {
		server := start(t, sshtest.Options{Password: "pw", Forward: tt.forward})
		client, err := dial(server, 10*time.Second, ssh.Password("pw"))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := client.Dial("tcp", tt.to)
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) != (tt.reason != 0) || refused != nil && refused.Reason != tt.reason {
			t.Errorf("to %s: %v", tt.to, err)
		}
		if err == nil {
			text := make([]byte, len("SSH-2.0-sshtest"))
			if _, err := conn.Read(text); err != nil || string(text) != "SSH-2.0-sshtest" {
				t.Errorf("to %s: %q, %v", tt.to, text, err)
			}
			conn.Close()
		}
		client.Close()
		if got := server.Forwarded(); len(got) != 1 || got[0] != tt.to {
			t.Errorf("forwarded %q, not %s", got, tt.to)
		}
	}
}
