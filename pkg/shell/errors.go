package shell

import (
	"fmt"
	"strings"
)

// The errors of this package say, for the documents they end up in, Code, a
// stable word for programs, and where there are any Hint, what a person can do,
// and Exit, the exit status.

// exitUnreachable is that of a host on which no session could begin.
const exitUnreachable = 4

// NoiseError says that the host wrote more than NoiseLimit bytes before its
// first frame: what answers there is not our receiver.
type NoiseError struct {
	// Stream is "stdout" or "stderr".
	Stream string
	// FirstLine is the first line of the noise, at most 200 bytes of it, with
	// everything that is not printable ASCII escaped.
	FirstLine string
}

func (e *NoiseError) Error() string {
	return fmt.Sprintf("the host wrote more than %d bytes on %s before the session began, first line %s",
		NoiseLimit, e.Stream, quoted(e.FirstLine))
}

// Code is the stable word for this error.
func (e *NoiseError) Code() string { return "login_noise" }

// Hint says what to do.
func (e *NoiseError) Hint() string {
	return "keep the login shell's start-up files silent when no terminal is there"
}

// Exit is the exit status this failure asks for: nothing was run yet.
func (e *NoiseError) Exit() int { return exitUnreachable }

// InputTakenError says that somebody on the host read the first line of what was
// sent, before the shell that it was for.
type InputTakenError struct{}

func (*InputTakenError) Error() string {
	return "the first line for the host was lost: a start file of the login shell reads from its input"
}

// Code is the stable word for this error.
func (*InputTakenError) Code() string { return "login_reads_input" }

// Hint says what to do.
func (*InputTakenError) Hint() string {
	return "let the start file read only when a terminal is there: `[ -t 0 ] && read …`"
}

// Exit is the exit status this failure asks for: nothing was run yet.
func (*InputTakenError) Exit() int { return exitUnreachable }

// ProtocolError says that the host sent something the protocol does not know.
// The session is over.
type ProtocolError struct {
	// Stream is "stdout" or "stderr"; "" when the two contradict each other.
	Stream string
	// Reason says what was expected or seen, host bytes escaped.
	Reason string
}

func (e *ProtocolError) Error() string {
	if e.Stream == "" {
		return "batch protocol: " + e.Reason
	}
	return "batch protocol: " + e.Stream + ": " + e.Reason
}

// Code is the stable word for this error.
func (e *ProtocolError) Code() string { return "batch_protocol" }

// ClosedError says that the host's end of the stream closed before all results
// were in.
type ClosedError struct {
	// Steps is the number of steps of this Run, Completed how many of them are
	// known to be done: each was called with their results.
	Steps, Completed int
	// Running is the name of the step that is known to have begun and not to
	// have ended; "" when none is, or when it has no name.
	Running string
	// Begun says that the session had begun: a step of this Run or an earlier one
	// had.
	Begun bool
	// Said is the last line that the host wrote outside of any frame, escaped:
	// `sudo: a password is required`, `This account is not available.`
	Said string
	// Noise is all of that, as it came, on both streams.
	Noise string
	// Err is the error of the stream, nil at a plain end of file.
	Err error
}

func (e *ClosedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the host closed the session after %d of %d steps", e.Completed, e.Steps)
	if e.Running != "" {
		fmt.Fprintf(&b, ", in %q", e.Running)
	}
	if e.Said != "" {
		b.WriteString(": it said " + quoted(e.Said))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Code is the stable word for this error.
func (e *ClosedError) Code() string { return "session_closed" }

func (e *ClosedError) Unwrap() error { return e.Err }

// StoppedError says that the receiver found the stop file (Session.StopAt) and made
// no further step.
type StoppedError struct {
	// Steps is the number of steps of this Run, Completed how many of them are
	// done; no other has begun.
	Steps, Completed int
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("stopped on request after %d of %d steps", e.Completed, e.Steps)
}

// Code is the stable word for this error.
func (e *StoppedError) Code() string { return "stopped" }

// RequiredError says that a step failed which is Required, and that none behind it
// was made.
type RequiredError struct {
	// Step is its name.
	Step string
	// Steps is the number of steps of this Run, Completed how many of them have
	// ended, that one included; no other has begun.
	Steps, Completed int
}

func (e *RequiredError) Error() string {
	return fmt.Sprintf("%q failed, and none of the %d steps behind it was begun", e.Step, e.Steps-e.Completed)
}

// Code is the stable word for this error.
func (e *RequiredError) Code() string { return "required_step_failed" }

// MissingToolsError says that the host lacks commands the scripts need.
type MissingToolsError struct {
	// Tools names each, a needed option included: "sha256sum", "mv -T".
	Tools []string
}

func (e *MissingToolsError) Error() string {
	names := make([]string, len(e.Tools))
	for i, tool := range e.Tools {
		names[i] = tool
		if pkg := packageOf(tool); pkg != "" {
			names[i] += " (package " + pkg + ")"
		}
	}
	return "the host has no " + strings.Join(names, ", no ")
}

// Code is the stable word for this error.
func (e *MissingToolsError) Code() string { return "missing_tools" }

// Hint says what to do.
func (e *MissingToolsError) Hint() string {
	return "install them on the host, or put them on its PATH " + Path
}

// LimitError says that the steps of one Run wrote more than TotalLimit bytes
// that were to be kept.
type LimitError struct {
	// Completed is the number of steps whose results were handed on.
	Completed int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the host's output exceeds %d bytes in one batch", TotalLimit)
}

// Code is the stable word for this error.
func (e *LimitError) Code() string { return "output_limit" }

// ContentError says that the Content of a step could not be read. The step ran
// with zero bytes in its place, and its digest check refused them.
type ContentError struct {
	Step string
	Err  error
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("read content of %q: %v", e.Step, e.Err)
}

// Code is the stable word for this error.
func (e *ContentError) Code() string { return "content_unreadable" }

func (e *ContentError) Unwrap() error { return e.Err }

func quoted(escaped string) string { return `"` + escaped + `"` }
