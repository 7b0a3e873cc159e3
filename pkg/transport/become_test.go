package transport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func TestClassifyBecome(t *testing.T) {
	t.Parallel()
	exit := func(status int) error { return &transport.ExitError{Status: status} }
	for _, tt := range []struct {
		said string
		exit error
		code string
	}{
		{"sudo: a password is required\n", exit(1), "sudo_password_required"},
		{"sudo: interactive authentication is required\n", exit(1), "sudo_password_required"},
		{"Last login: today\nsudo: a terminal is required to read the password; either use ssh's -t option\nsudo: a password is required\n", exit(1), "sudo_password_required"},
		{"me is not in the sudoers file.\nThis incident has been reported to the administrator.\n", exit(1), "sudo_not_allowed"},
		{"Sorry, user me is not allowed to execute '/bin/sh -c x' as root on db1.\n", exit(1), "sudo_not_allowed"},
		{"sudo: I'm sorry me. I'm afraid I can't do that\n", exit(1), "sudo_not_allowed"},
		{"sudo: sorry, you must have a tty to run sudo\n", exit(1), "sudo_requires_tty"},
		{"sh: 1: exec: sudo: not found\n", exit(127), "sudo_not_found"},
		{"bash: line 1: exec: sudo: not found\n", exit(127), "sudo_not_found"},
		{"fish: Unknown command: sudo\n", exit(127), "sudo_not_found"},
		{"whatever a shell says in its own language\n", exit(127), "sudo_not_found"},
		{`sudo: The "no new privileges" flag is set, which prevents sudo from running as root.` + "\n", exit(1), "sudo_not_setuid"},
		{"sudo: effective uid is not 0, is sudo installed setuid root?\n", exit(1), "sudo_not_setuid"},
		{"sudo: Passwort erforderlich\n", exit(1), "sudo_failed"},
		{"", nil, "sudo_failed"},
		{"\x1b[2J\x1b]52;c;ZXZpbA==\x07\n", exit(1), "sudo_failed"},
	} {
		err := failure[*transport.BecomeError](t, transport.ClassifyBecome([]byte(tt.said), tt.exit))
		if err.Code() != tt.code || err.Hint() == "" || err.Exit() != 4 || !errors.Is(err, tt.exit) && tt.exit != nil {
			t.Errorf("%q: code %s, want %s; hint %q", tt.said, err.Code(), tt.code, err.Hint())
		}
		if strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("an escape sequence passes: %q", err)
		}
	}
}

func TestALostConnectionIsNotTakenForSudo(t *testing.T) {
	t.Parallel()
	lost := fmt.Errorf("batch: %w", &transport.LostError{Address: "db1:22", Err: errors.New("reset")})
	failure[*transport.LostError](t, transport.ClassifyBecome([]byte("sudo: a password is required"), lost))
}

// The whole way: a host without sudo.
func TestAHostWithoutSudo(t *testing.T) {
	t.Parallel()
	for _, login := range [][]string{{"/bin/sh"}, {"/usr/bin/bash"}, {"/usr/bin/busybox", "sh"}} {
		server := startServer(t, sshtest.Options{Password: thePassword, Shell: login, Env: []string{"PATH=/nonexistent"}})
		conn := connect(t, targetOf(t, server), transport.Options{})
		stream, err := conn.Shell(t.Context(), transport.Privilege{Program: transport.Sudo})
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, stream.Stdout)
		said := readAll(t, stream.Stderr)
		become := failure[*transport.BecomeError](t, transport.ClassifyBecome([]byte(said), stream.Close()))
		if become.Code() != "sudo_not_found" {
			t.Errorf("%s: %v", become.Code(), become)
		}
	}
}
