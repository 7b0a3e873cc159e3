package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// Error is an error that knows how the command ends and what helps.
type Error struct {
	// Exit is the exit status; 0 means ExitFailed.
	Exit int
	// Code is a stable word for programs, "no_document"; empty means one that
	// belongs to the exit status.
	Code string
	// Message says what went wrong and why; empty means what Cause says.
	Message string
	// Hint says what to do; it may be empty.
	Hint string
	// Cause is the error underneath, or nil. It is not printed beside Message.
	Cause error
	// Aside says that another command of the pipe has failed and tells why. This error
	// is printed without "error:", so that the eye finds the other one.
	Aside bool
}

func (e *Error) Error() string {
	if e.Message == "" && e.Cause != nil {
		return e.Cause.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Usagef is the error of a command that was called wrongly.
func Usagef(format string, args ...any) *Error {
	return &Error{Exit: ExitUsage, Code: "usage", Message: fmt.Sprintf(format, args...)}
}

// Refusef is the error of an input that is refused.
func Refusef(code, format string, args ...any) *Error {
	return &Error{Exit: ExitRefused, Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns the error with the hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	hinted := *e
	hinted.Hint = fmt.Sprintf(format, args...)
	return &hinted
}

// defaultCodes are the words for errors that bring none of their own.
var defaultCodes = map[int]string{
	ExitFailed:      "failed",
	ExitUsage:       "usage",
	ExitRefused:     "invalid_document",
	ExitUnreachable: "unreachable",
	ExitStale:       "stale",
	ExitBusy:        "busy",
	ExitInterrupted: "interrupted",
}

// Describe gives the parts of an error as they stand in a document. The exit
// status, code and hint come from the outermost error in the chain that has
// them; a status is never 0.
func Describe(err error) doc.HostError {
	d := doc.HostError{Message: message(err), Exit: exitOf(err)}
	var host *doc.HostError
	var fact *doc.FactError
	var coded interface{ Code() string }
	var hinted interface{ Hint() string }
	if e := own(err); e != nil {
		d.Code, d.Hint = e.Code, e.Hint
	}
	if errors.As(err, &coded) && d.Code == "" {
		d.Code = coded.Code()
	}
	// What an interrupted one was at is not what is to be looked at.
	if errors.As(err, &hinted) && d.Hint == "" && !errors.Is(err, errInterrupted) {
		d.Hint = hinted.Hint()
	}
	switch {
	case errors.As(err, &host):
		d.Code, d.Hint = or(d.Code, host.Code), or(d.Hint, host.Hint)
	case errors.As(err, &fact):
		d.Code = or(d.Code, fact.Code)
	}
	d.Code = or(d.Code, or(defaultCodes[d.Exit], "failed"))
	d.Hint = Visible(d.Hint)
	return d
}

func own(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// exitOf is the one place where an error becomes an exit status. Several errors
// that ask for different ones are a failure of no one kind.
func exitOf(err error) int {
	if list := listed(err); list != nil {
		exit := exitOf(list[0])
		for _, e := range list[1:] {
			if exitOf(e) != exit {
				return ExitFailed
			}
		}
		return exit
	}
	if exit := ownExit(err); exit != 0 {
		return exit
	}
	var syntax *jsonx.SyntaxError
	var value *jsonx.ValueError
	var member *jsonx.UnknownMemberError
	switch {
	case errors.As(err, &syntax), errors.As(err, &value), errors.As(err, &member):
		return ExitRefused
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitFailed
}

// ownExit is the status that an error of the chain asks for, or 0.
func ownExit(err error) int {
	var exiter interface{ Exit() int }
	var host *doc.HostError
	switch e := own(err); {
	case e != nil && e.Exit != 0:
		return e.Exit
	case errors.As(err, &exiter):
		return exiter.Exit()
	case errors.As(err, &host):
		return host.Exit
	}
	return 0
}

// listed returns the errors that err is only a list of, as errors.Join makes
// it; nil when err has words of its own.
func listed(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) // a list below a message of its own is not a list
	if !ok {
		return nil
	}
	list := joined.Unwrap()
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.Error()
	}
	if len(list) == 0 || strings.Join(texts, "\n") != err.Error() {
		return nil
	}
	return list
}

// message is one line, whatever the number of reasons.
func message(err error) string {
	list := listed(err)
	if list == nil {
		return plain(err.Error())
	}
	reasons := make([]string, len(list))
	for i, reason := range list {
		reasons[i] = message(reason)
	}
	return strings.Join(reasons, "; ")
}

// plain words what the standard library leaves to be guessed, and makes the
// rest safe to print.
func plain(message string) string {
	for _, bare := range []struct{ is, say string }{
		{"unexpected EOF", "it ended in the middle"},
		{"EOF", "it ended too early"},
	} {
		if rest, ok := strings.CutSuffix(message, bare.is); ok && (rest == "" || strings.HasSuffix(rest, ": ")) {
			message = rest + bare.say
			break
		}
	}
	return Visible(message)
}
