package transport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func TestClassifyBecome(t *testing.T) {
	t.Parallel()
	exit := func(status int) error { return &transport.ExitError{Status: status} }
	sudo := transport.Privilege{Program: transport.Sudo, Login: "anna"}
	with := transport.Privilege{Program: transport.Sudo, Login: "anna", Password: secret.NewString(thePassword).Named("env HOSTKIT_SUDO_PASSWORD")}
	doas := transport.Privilege{Program: transport.Doas}
	const wrong = "Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n"
	for _, tt := range []struct {
		as   transport.Privilege
		said string
		exit error
		code string
	}{
		{sudo, "sudo: a password is required\n", exit(1), "sudo_password_required"},
		{sudo, "sudo: interactive authentication is required\n", exit(1), "sudo_password_required"},
		{sudo, "Last login: today\nsudo: a terminal is required to read the password; either use ssh's -t option\nsudo: a password is required\n", exit(1), "sudo_password_required"},
		{with, wrong, exit(95), "sudo_wrong_password"},
		{with, "sudo: Authentication failed, try again.\nsudo: Authentication required but not attempted\n", exit(95), "sudo_wrong_password"},
		{with, "sudo: Maximum 3 incorrect authentication attempts\n", exit(95), "sudo_wrong_password"},
		{with, "sudo: a password is required\n", exit(95), "sudo_asks_more"},
		{with, "etwas anderes\n", exit(95), "sudo_refused"},
		{with, "", exit(94), "sudo_shell_unfit"},
		{with, "sudo: not found\n", exit(127), "sudo_not_found"},
		{sudo, "me is not in the sudoers file.\nThis incident has been reported to the administrator.\n", exit(1), "sudo_not_allowed"},
		{with, "me is not in the sudoers file.\n", exit(95), "sudo_not_allowed"},
		{sudo, "Sorry, user me is not allowed to execute '/bin/sh -c x' as root on db1.\n", exit(1), "sudo_not_allowed"},
		{sudo, "sudo: I'm sorry me. I'm afraid I can't do that\n", exit(1), "sudo_not_allowed"},
		{sudo, "sudo: Sorry, user me may not run sudo on db1.\n", exit(1), "sudo_not_allowed"},
		{sudo, "sudo: sorry, you must have a tty to run sudo\n", exit(1), "sudo_requires_tty"},
		{sudo, "sudo: A terminal is required to authenticate\n", exit(1), "sudo_requires_tty"},
		{sudo, "sudo: Account or password is expired, reset your password and try again\nsudo: unable to change expired password: Authentication token manipulation error\n", exit(1), "sudo_account_expired"},
		{with, "sudo: Account expired or PAM config lacks an \"account\" section for sudo, contact your system administrator\n", exit(95), "sudo_account_expired"},
		{sudo, "sudo: account validation failure, is your account locked?\n", exit(1), "sudo_account_expired"},
		{sudo, "sudo: Account validation failure, is your account locked?\n", exit(1), "sudo_account_expired"},
		{sudo, "sudo: unknown user nobody2\n", exit(1), "sudo_unknown_user"},
		{sudo, "sudo: unknown user: nobody2\n", exit(1), "sudo_unknown_user"},
		{sudo, "sudo: user 'nobody2' not found\n", exit(1), "sudo_unknown_user"},
		{with, "sudo: PAM authentication error: Critical error - immediate abort\n", exit(95), "sudo_pam_failed"},
		{sudo, "/etc/sudoers:3:1: syntax error\nsudo: a password is required\n", exit(1), "sudo_password_required"},
		{sudo, "/etc/sudoers:3:1: syntax error\nsudo: error initializing policy plugin sudoers_policy\n", exit(1), "sudo_misconfigured"},
		{sudo, "sh: 1: exec: sudo: not found\n", exit(127), "sudo_not_found"},
		{sudo, "bash: line 1: exec: sudo: not found\n", exit(127), "sudo_not_found"},
		{sudo, "env: 'sudo': No such file or directory\n", exit(127), "sudo_not_found"},
		{sudo, "fish: Unknown command: sudo\n", exit(127), "sudo_not_found"},
		{sudo, "whatever a shell says in its own language\n", exit(127), "sudo_not_found"},
		{sudo, `sudo: The "no new privileges" flag is set, which prevents sudo from running as root.` + "\n", exit(1), "sudo_not_setuid"},
		{sudo, "sudo: effective uid is not 0, is sudo installed setuid root?\n", exit(1), "sudo_not_setuid"},
		{sudo, "sudo: Passwort erforderlich\n", exit(1), "sudo_failed"},
		{sudo, "", nil, "sudo_failed"},
		{sudo, "\x1b[2J\x1b]52;c;ZXZpbA==\x07\n", exit(1), "sudo_failed"},
		{doas, "doas: Authentication required\n", exit(1), "doas_password_required"},
		{doas, "doas: a tty is required\n", exit(1), "doas_password_required"},
		{doas, "doas: Operation not permitted\n", exit(1), "doas_not_allowed"},
		{doas, "doas: doas is not enabled, /etc/doas.conf: No such file or directory\n", exit(1), "doas_misconfigured"},
		{doas, "doas: syntax error at line 3\n", exit(1), "doas_misconfigured"},
		{doas, "doas: not installed setuid\n", exit(1), "doas_not_setuid"},
		{doas, "doas: unknown user\n", exit(1), "doas_unknown_user"},
		{doas, "env: 'doas': No such file or directory\n", exit(127), "doas_not_found"},
		{doas, "etwas anderes\n", exit(127), "doas_not_found"},
		{doas, "etwas anderes\n", exit(1), "doas_failed"},
	} {
		err := failure[*transport.BecomeError](t, transport.ClassifyBecome(tt.as, []byte(tt.said), tt.exit))
		if err.Code() != tt.code || err.Hint() == "" || err.Exit() != 4 || !errors.Is(err, tt.exit) && tt.exit != nil {
			t.Errorf("%q: code %s, want %s; hint %q", tt.said, err.Code(), tt.code, err.Hint())
		}
		if tt.code == "sudo_wrong_password" && !strings.HasPrefix(err.Hint(), "check the password from env HOSTKIT_SUDO_PASSWORD by hand") {
			t.Errorf("the hint names no variable: %q", err.Hint())
		}
		if tt.code == "sudo_not_allowed" && err.Hint() != "allow it in sudoers: `anna ALL=(root) NOPASSWD: /bin/sh`" {
			t.Errorf("the hint names nobody: %q", err.Hint())
		}
		if strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("an escape sequence passes: %q", err)
		}
	}
}

func TestAnAccountThatRunsNothingIsNotTakenForSudo(t *testing.T) {
	t.Parallel()
	for said, code := range map[string]string{
		"WARNING: Your password has expired.\nPassword change required but no TTY available.\n": "password_expired",
		"Your account has expired; please contact your system administrator.\n":                 "account_expired",
		"This account is currently not available.\n":                                            "no_login_shell",
	} {
		for _, program := range []transport.Program{transport.None, transport.Sudo, transport.Doas} {
			exit := &transport.ExitError{Status: 1}
			err := failure[*transport.AccountError](t, transport.ClassifyBecome(transport.Privilege{Program: program}, []byte(said), exit))
			if err.Code() != code || err.Hint() == "" || err.Exit() != 4 || !errors.Is(err, exit) {
				t.Errorf("%q: %s: %v", said, err.Code(), err)
			}
		}
	}
	exit := &transport.ExitError{Status: 1}
	for said, says := range map[string]string{
		"sudo: a password is required\n":           `it said "sudo: a password is required"`,
		"hello\nrbash: line 1: exec: restricted\n": `it said "rbash: line 1: exec: restricted"`,
		"": "the login shell ended before a session began",
	} {
		err := failure[*transport.AccountError](t, transport.ClassifyBecome(transport.Privilege{}, []byte(said), exit))
		if err.Code() != "shell_refused" || err.Hint() == "" || !strings.HasSuffix(err.Error(), says) || !errors.Is(err, exit) {
			t.Errorf("nobody was to be become: %s: %v", err.Code(), err)
		}
	}
}

func TestTheLineThatSaysItIsQuoted(t *testing.T) {
	t.Parallel()
	said := "hello\nme is not in the sudoers file.\nThis incident has been reported to the administrator.\n"
	err := transport.ClassifyBecome(transport.Privilege{Program: transport.Sudo}, []byte(said), nil)
	if !strings.HasSuffix(err.Error(), `it said "me is not in the sudoers file."`) {
		t.Errorf("%v", err)
	}
}

func TestALostConnectionIsNotTakenForSudo(t *testing.T) {
	t.Parallel()
	lost := fmt.Errorf("batch: %w", &transport.LostError{Address: "db1:22", Err: errors.New("reset")})
	failure[*transport.LostError](t, transport.ClassifyBecome(transport.Privilege{Program: transport.Sudo}, []byte("sudo: a password is required"), lost))
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
		become := failure[*transport.BecomeError](t, transport.ClassifyBecome(transport.Privilege{Program: transport.Sudo}, []byte(said), stream.Close()))
		if become.Code() != "sudo_not_found" {
			t.Errorf("%s: %v", become.Code(), become)
		}
	}
}
