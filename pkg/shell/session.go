package shell

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// DefaultLimit is the number of bytes of standard output kept of a step
	// that sets no Limit.
	DefaultLimit = 1 << 20
	// StderrLimit is the number of bytes of standard error kept of a step.
	StderrLimit = 64 << 10
	// NoiseLimit is the number of bytes on each stream that a login shell may
	// write before the session begins.
	NoiseLimit = 64 << 10
	// TotalLimit is the number of bytes of output kept of all steps of one Run
	// together. It bounds the memory that a hostile host can take.
	TotalLimit = 32 << 20
	// ScriptLimit is the number of bytes a script with its arguments may have.
	ScriptLimit = 16 << 20
)

// Step is one thing the host's shell does: a script and, where the script
// wants one, content on its standard input.
type Step struct {
	// Name tells a person what the step is for; it never reaches the host.
	Name string
	// Script runs in a subshell of the session: it can't disturb a later step.
	Script Script
	// Content is what the script reads on standard input; nil means /dev/null.
	// It is read while the step before it may still run, in another goroutine;
	// a Read must not block for long, for a Run waits for it before it returns.
	Content io.Reader
	// Size is the number of bytes of Content that are sent, exactly. A Content
	// that ends early is padded with zero bytes (the script checks a digest), a
	// longer one is cut.
	Size int64
	// Required says that no step behind it may be made unless it succeeds. What it
	// was needed for is known only on the host, in the same flight: a journal must
	// be written before what it tells of.
	Required bool
	// Limit bounds the bytes kept of standard output; 0 means DefaultLimit. Of
	// standard error at most StderrLimit bytes are kept.
	Limit int
	// Live is given what the step prints on standard error while it runs, byte for
	// byte, in pieces that are valid only during the call; an empty piece says that
	// a line may have ended and that no more is there for now. It is called by a
	// goroutine of Run, never after Run has returned nor after the result was handed
	// on, and holds up the host while it does not return. nil tells nobody.
	Live func(piece []byte)
}

// Result is what became of a step.
type Result struct {
	// Status is the exit status of the script, 0 to 255; 128+n when signal n
	// ended it.
	Status int
	// Stdout and Stderr are what the script wrote, apart and byte for byte; without
	// what it had copied with hk_live, which only Live is given.
	Stdout, Stderr []byte
	// Dropped is the number of bytes that the script wrote on both streams
	// beyond what the limits keep.
	Dropped int64
	// Truncated says that Dropped is not 0.
	Truncated bool
}

// Stream is the byte streams of an open channel to a host's shell, started with
// ExecLine.
type Stream struct {
	Stdin  io.WriteCloser
	Stdout io.Reader
	Stderr io.Reader
	// Close ends the channel at once; blocked reads and writes return.
	Close func() error
}

// Session is the control machine's end of a shell that stays open on a host.
// It is not safe for use by several goroutines at once.
type Session struct {
	stream Stream
	in     *bufio.Writer
	out    [2]*frames
	// opening is what the first flight carries before its first step.
	opening string
	// next is the index of the next step, counted over the whole session.
	next int
	// begun is the highest index whose begin mark was seen, or -1.
	begun atomic.Int64
	// limit is how long the first Run waits for the first step to begin, 0 for
	// ever; late is what it returns then.
	limit time.Duration
	late  error
	// over is why nothing can be run any more, or nil.
	over error
}

// NewSession returns the session that speaks over stream. It writes nothing and
// waits for nothing: the receiver travels in one flight with the first Run.
func NewSession(ctx context.Context, stream Stream) (*Session, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("choose a session boundary: %w", err)
	}
	return newSession(stream, hex.EncodeToString(random[:])), nil
}

func newSession(stream Stream, boundary string) *Session {
	s := &Session{
		stream:  stream,
		in:      bufio.NewWriterSize(stream.Stdin, 32<<10),
		opening: receiverPayload(boundary),
	}
	s.out[0] = newFrames("stdout", stream.Stdout, boundary)
	s.out[1] = newFrames("stderr", stream.Stderr, boundary)
	s.begun.Store(-1)
	return s
}

// Run sends all steps in one flight and calls each with every result in order.
// It returns when the last result is in, ctx ends, each returns an error, or
// the stream breaks; no goroutine of it is left then. The index i counts from 0
// in every Run. When ctx ends the stream is closed and context.Cause(ctx) is
// returned; the host then stops at a step boundary.
//
// A script's exit status other than 0 is a result, not an error, but of a step that
// is Required: each is called with it, and Run returns a *RequiredError. After an
// error the session is over and every later Run returns it, but where the session is
// still in step: nothing was sent (a step that can't be, a ctx that had ended), each
// returned an error at the last result, a *ContentError, which comes after all
// results, or a *RequiredError or *StoppedError, after which the host has passed over
// all that was sent.
func (s *Session) Run(ctx context.Context, steps []Step, each func(i int, r Result) error) error {
	return s.run(ctx, steps, each, false)
}

// RunLast is Run for the last steps of a session: the host is told in the same
// flight to end after them, and closes the channel by itself. steps may be
// empty.
func (s *Session) RunLast(ctx context.Context, steps []Step, each func(i int, r Result) error) error {
	return s.run(ctx, steps, each, true)
}

// StopAt names a file on the host; the receiver looks for it before each step of
// the Runs that follow, and where it exists makes no further one of that Run: a
// *StoppedError. Empty names none. The path holds no NUL byte.
func (s *Session) StopAt(path string) {
	// The mark at the end keeps a newline there from being cut off by $(…).
	path += "#"
	s.opening += "stop " + strconv.Itoa(len(path)) + "\n" + path
}

// StartWithin bounds how long the first Run waits until the host has begun its
// first step: what runs before that is a login shell's start files and sudo,
// which may wait for ever while the connection is well. Run then returns late.
func (s *Session) StartWithin(limit time.Duration, late error) {
	s.limit, s.late = limit, late
}

// Close ends the session and its stream at once. The host stops at a step
// boundary. It may be called after RunLast, and more than once.
func (s *Session) Close() error {
	if s.over == nil {
		s.over = errors.New("the session is closed")
	}
	return s.stream.Close()
}
