package transport

import (
	"bytes"
	"errors"
	"strings"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// Program is a way to become another user.
type Program string

// The programs. None runs as the user who logged in.
const (
	None Program = ""
	Sudo Program = "sudo"
	Doas Program = "doas"
)

// Privilege says as whom a shell runs.
type Privilege struct {
	Program Program
	// User is whom to become; empty means root.
	User string
	// Password is sent if, and only if, sudo asks for one; once.
	Password secret.Value
}

func (p Privilege) become() shell.Become {
	if p.Program == Sudo {
		return shell.BecomeSudo
	}
	return shell.BecomeNone
}

// BecomeError says that sudo did not start the shell.
type BecomeError struct {
	// Reason is the stable word for programs: "sudo_password_required",
	// "sudo_not_allowed", "sudo_requires_tty", "sudo_not_found",
	// "sudo_not_setuid", or "sudo_failed" where none of these is recognised.
	Reason string
	// Said is the last line of what sudo said, printable; it may be empty.
	Said string
	// Err is how the program ended, if that is known.
	Err error

	why, advice string
}

func (e *BecomeError) Error() string {
	s := e.why
	if e.Said != "" {
		s += `: it said "` + e.Said + `"`
	}
	return s
}

func (e *BecomeError) Unwrap() error { return e.Err }

// Code is Reason.
func (e *BecomeError) Code() string { return e.Reason }

// Hint says what to set.
func (e *BecomeError) Hint() string { return e.advice }

// Exit is the exit status this failure asks for.
func (e *BecomeError) Exit() int { return exitUnreachable }

// becomeReasons are tried in order; the words are those of sudo 1.8 and 1.9,
// sudo-rs, and the shells that look for sudo.
var becomeReasons = []struct {
	words               []string
	reason, why, advice string
}{
	{
		[]string{"must have a tty"},
		"sudo_requires_tty", "sudo wants a terminal",
		"remove requiretty for this user from sudoers",
	},
	{
		[]string{"not in the sudoers", "is not allowed to", "may not run sudo", "i'm afraid i can't do that"},
		"sudo_not_allowed", "sudo does not allow this user to run /bin/sh",
		"allow it in sudoers: `user ALL=(root) NOPASSWD: /bin/sh`",
	},
	{
		[]string{"password is required", "read the password", "authentication is required", "authentication required"},
		"sudo_password_required", "sudo asks for a password, and sudo with a password is not supported yet",
		"log in as root, or allow it in sudoers: `user ALL=(root) NOPASSWD: /bin/sh`",
	},
	{
		[]string{"no new privileges", "effective uid is not 0", "must be owned by uid 0", "setuid"},
		"sudo_not_setuid", "sudo can't become root there",
		"the host's sudo has lost its setuid bit, or runs in a container that forbids it",
	},
	{
		[]string{"sudo: not found", "sudo: command not found", "unknown command", "sudo: no such file"},
		"sudo_not_found", "the host has no sudo",
		"install sudo, or log in as root and leave sudo out",
	},
}

// statusNotFound is what shells give for a command that is not there.
const statusNotFound = 127

// ClassifyBecome says why a shell that should have become root closed before it
// did anything. stderr is what was written outside of any batch; exit is what
// the stream's Close returned, or the batch's error, or nil; a *LostError in it is
// returned as it is, since then it was not sudo. That the shell did not come up is already
// known: the words of sudo, which differ between versions and languages, decide
// here on a message and a hint and on nothing else.
func ClassifyBecome(stderr []byte, exit error) error {
	var lost *LostError
	if errors.As(exit, &lost) {
		return exit
	}
	e := &BecomeError{
		Reason: "sudo_failed", Said: lastLine(stderr), Err: exit,
		why: "the login shell or sudo ended before a session began", advice: "log in by hand and try `sudo -n /bin/sh -c :`",
	}
	said := strings.ToLower(string(stderr))
	for _, r := range becomeReasons {
		for _, words := range r.words {
			if strings.Contains(said, words) {
				e.Reason, e.why, e.advice = r.reason, r.why, r.advice
				return e
			}
		}
	}
	var status *ExitError
	if errors.As(exit, &status) && status.Status == statusNotFound {
		missing := becomeReasons[len(becomeReasons)-1]
		e.Reason, e.why, e.advice = missing.reason, missing.why, missing.advice
	}
	return e
}

func lastLine(text []byte) string {
	text = bytes.TrimRight(text, "\r\n")
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return printable(string(bytes.TrimSpace(text)))
}
