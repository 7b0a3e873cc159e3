package transport

import (
	"bytes"
	"cmp"
	"errors"
	"strings"

	"hostkit/pkg/shell"
)

// BecomeError says that sudo or doas did not start the shell.
type BecomeError struct {
	// Reason is the stable word for programs: one of those in the tables of this
	// package, "sudo_failed" or "doas_failed" where none of them is recognised.
	Reason string
	// Said is the last line of what the program said, printable; it may be empty.
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

// AccountError says that the login was good and the host yet runs nothing for
// this account.
type AccountError struct {
	// Reason is the stable word for programs: "password_expired",
	// "account_expired", "no_login_shell", "shell_refused" where nothing more is
	// known.
	Reason string
	// Said is the line that says so, printable, or empty.
	Said string
	// Err is how the login shell ended, if that is known.
	Err error

	why, advice string
}

func (e *AccountError) Error() string {
	if e.Said == "" {
		return e.why
	}
	return e.why + `: it said "` + e.Said + `"`
}

func (e *AccountError) Unwrap() error { return e.Err }

// Code is Reason.
func (e *AccountError) Code() string { return e.Reason }

// Hint says what to do.
func (e *AccountError) Hint() string { return e.advice }

// Exit is the exit status this failure asks for.
func (e *AccountError) Exit() int { return exitUnreachable }

// statusNotFound is what shells give for a command that is not there.
const statusNotFound = 127

// ClassifyBecome says why a shell closed before it did anything. said is what
// was written outside of any batch; exit is what the stream's Close returned, or
// the batch's error, or nil. A *LostError in it is returned as it is, since then
// it was neither sudo nor the account.
//
// That the shell did not come up is already known: the words of sudo, which
// differ between versions and languages, decide here on a message and a hint and
// on nothing else.
func ClassifyBecome(p Privilege, said []byte, exit error) error {
	var lost *LostError
	if errors.As(exit, &lost) {
		return exit
	}
	if r := find(accountReasons, said); r != nil {
		return &AccountError{Reason: r.code, Said: lineWith(said, r.words), Err: exit, why: r.why, advice: r.advice}
	}
	if p.Program == None {
		line := lineWith(said, nil)
		if closed, ok := errors.AsType[*shell.ClosedError](exit); ok {
			line = closed.Said
		}
		return &AccountError{Reason: shellRefused.code, Said: line, Err: exit, why: shellRefused.why, advice: shellRefused.advice}
	}
	r := p.reason(said, exit)
	// In one pass: HOSTKIT_SUDO_PASSWORD is a name of its own.
	advice := strings.NewReplacer(
		"HOSTKIT_SUDO_PASSWORD", "HOSTKIT_SUDO_PASSWORD",
		"PASSWORD", credentialName("password", p.Password),
		"USER", cmp.Or(p.Login, "USER"),
	).Replace(r.advice)
	return &BecomeError{Reason: r.code, Said: lineWith(said, r.words), Err: exit, why: r.why, advice: advice}
}

// reason finds what kept the program from starting the shell.
func (p Privilege) reason(said []byte, exit error) *reason {
	reasons, failed := sudoReasons, &sudoFailed
	if p.Program == Doas {
		reasons, failed = doasReasons, &doasFailed
	}
	var ended *ExitError
	status := 0
	if errors.As(exit, &ended) {
		status = ended.Status
	}
	found := find(reasons, said)
	switch {
	case status == shell.StatusUnfitShell:
		return &unfitShell
	case found != nil && found.code == "sudo_password_required" && p.become().WithPassword:
		return &sudoAsksMore
	case found != nil:
		return found
	case status == statusNotFound:
		return &reasons[0]
	case status == shell.StatusRefused:
		return &sudoRefused
	}
	return failed
}

// find returns the first of the reasons whose words were said.
func find(reasons []reason, said []byte) *reason {
	text := strings.ToLower(string(said))
	for i := range reasons {
		for _, words := range reasons[i].words {
			if strings.Contains(text, words) {
				return &reasons[i]
			}
		}
	}
	return nil
}

// lineWith returns the line that holds one of the words, or else the last one.
func lineWith(said []byte, words []string) string {
	var last string
	for line := range bytes.Lines(said) {
		text := strings.TrimSpace(string(line))
		for _, w := range words {
			if strings.Contains(strings.ToLower(text), w) {
				return printable(text)
			}
		}
		if text != "" {
			last = text
		}
	}
	return printable(last)
}
