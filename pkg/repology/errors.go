package repology

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
)

// ErrNotCached is what the error of an offline client is about a name that the cache
// has no answer for. The error's own message says why.
var ErrNotCached = errors.New("not cached")

func notCached(why string) *Error {
	return &Error{
		code: "repology_offline", message: why + " (--offline)", cause: ErrNotCached,
		hint: "run hk-resolve without --offline once, or give the name with as", ofOne: true,
	}
}

// Error is why Repology gave no answer.
type Error struct {
	code, message, hint string
	cause               error
	// ofOne says that the answer about one name is at fault, so that others may
	// still be asked for.
	ofOne bool
}

func (e *Error) Error() string { return e.message }

func (e *Error) Unwrap() error { return e.cause }

// Code is a stable word for programs: "repology_unreachable".
func (e *Error) Code() string { return e.code }

// Hint says what to do.
func (e *Error) Hint() string { return e.hint }

// Exit is the status of work that failed: the input is not at fault.
func (e *Error) Exit() int { return 1 }

const hintOffline = "run it again later; --package-lock and `as` need no Repology, --offline takes what its cache has"

// unreachable is the error of a request that got no whole answer.
func (c *Client) unreachable(err error) *Error {
	var network net.Error
	var dial *net.OpError
	why := err.Error()
	late := errors.As(err, &network) && network.Timeout() || errors.Is(err, context.DeadlineExceeded)
	switch {
	case late && errors.As(err, &dial) && dial.Op == "dial":
		why = fmt.Sprintf("no connection within %s", c.dialTimeout())
	case late:
		why = fmt.Sprintf("no whole answer within %s", c.options.Timeout)
	case closedEarly(err):
		why = "the connection was closed in the middle of the answer"
	default:
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			why = wrapped.Err.Error()
		}
	}
	return &Error{code: "repology_unreachable", message: fmt.Sprintf("ask %s: %s", c.options.URL, why), hint: hintOffline, cause: err}
}

func closedEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// busy is the error of a server that wants to be left alone.
func (c *Client) busy(status int, wait time.Duration) *Error {
	message := fmt.Sprintf("ask %s: it answers %s", c.options.URL, statusText(status))
	if wait > 0 {
		message += fmt.Sprintf(" and asks to wait for %s", wait)
	}
	return &Error{code: "repology_busy", message: message, hint: hintOffline}
}

// odd is the error of an answer that Repology would not give.
func (c *Client) odd(path, why string) *Error {
	return &Error{
		code: "repology_answer", message: fmt.Sprintf("ask %s%s: %s", c.options.URL, path, why),
		hint: "look whether --repology-url is that of Repology; " + hintOffline, ofOne: true,
	}
}

func badName(name string) *Error {
	return &Error{
		code: "repology_answer", message: fmt.Sprintf("%q can't be the name of a project", name),
		hint: "give the name with as", ofOne: true,
	}
}
