package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// Each makes one host's document out of another. Its output is written as it
// is; no output and no error drops the document. An error fails this host only:
// with output, that is written (hk-apply's report of a failure), otherwise the
// input goes on with an `error` member.
type Each func(ctx context.Context, d jsonx.Document) ([]byte, error)

// Parallel says how many hosts [FilterParallel] works on at once.
type Parallel struct {
	// Hosts is at least 1. At most twice as many documents are held in memory.
	Hosts int
	// Unordered writes documents as they finish instead of in input order.
	Unordered bool
}

// Filter reads host documents from stdin one at a time, calls each, and writes
// what that returns in one write per document.
//
// A document with an `error` member is passed on untouched, but for a host that can't
// be read, and counts as failed with that member's exit status; so does one whose each fails or panics, which
// goes on with a new `error` member and is told on stderr in one line that
// names the host. A byte that is not JSON, or a document of a schema that is not
// in accept, ends the stream: what was finished is written and the error asks
// for status 3, as does a stream without any document.
//
// The error is nil when no host failed; otherwise it asks for the status that
// all failed hosts share, or for 1, and what it has to say beyond that was said.
func Filter(ctx context.Context, s Streams, stage string, accept []doc.Schema, each Each) error {
	return FilterParallel(ctx, s, stage, accept, Parallel{Hosts: 1}, each)
}

// FilterParallel is [Filter] for several hosts at once. How many documents are
// held does not grow with the length of the stream: in input order, a slow host
// in time holds up the reading of further ones.
func FilterParallel(ctx context.Context, s Streams, stage string, accept []doc.Schema, p Parallel, each Each) error {
	return filterInputs(ctx, s, stage, accept, p, nil, each)
}

// FilterFiles is [Filter] for the documents of files; "-" is stdin, and so are no
// files at all.
func FilterFiles(ctx context.Context, s Streams, stage string, accept []doc.Schema, names []string, each Each) error {
	if slices.Contains(names, "") {
		return Usagef(`"" is not the name of a file`)
	}
	return filterInputs(ctx, s, stage, accept, Parallel{Hosts: 1}, names, each)
}

func filterInputs(ctx context.Context, s Streams, stage string, accept []doc.Schema, p Parallel, names []string, each Each) error {
	s.Name = stage
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.Stdin = Under(ctx, s.Stdin)
	if len(names) == 0 {
		if err := s.NeedDocuments(); err != nil {
			return err
		}
	}
	f := &filter{s: s, stage: stage, accept: accept, each: each, in: newInputs(s, names), piped: len(names) == 0 && isPipe(s.Stdin)}
	defer f.in.close()
	w := startWindow(ctx, p, f.next, f.process)
	for r := range w.results {
		if err := f.emit(r); err != nil {
			cancel()
			w.drain()
			return err
		}
	}
	return f.verdict(ctx, w.readErr)
}

type filter struct {
	s      Streams
	stage  string
	accept []doc.Schema
	each   Each

	in     *inputs
	hosts  int
	failed []error
	// piped says that all documents come from the command before this one.
	piped bool
	heard []heard
}

// processed is what became of one document.
type processed struct {
	host    subject
	out     []byte
	err     error
	earlier bool // it had failed in an earlier stage
	// passedOn says that out is the input, with the failure in it.
	passedOn bool
}

// next reads a document and refuses what this stage does not read.
func (f *filter) next() (jsonx.Document, error) {
	d, err := f.in.next()
	if err != nil {
		return d, err
	}
	if _, failed := jsonx.Member(d.Raw, "error"); failed && slices.Contains(families, doc.Schema(d.Schema())) {
		return d, nil
	}
	return d, CheckSchema(f.stage, f.accept, d)
}

// failedBefore is why a document is passed on untouched, or nil. What a report says
// of a failure is for whoever reads reports.
func (f *filter) failedBefore(d jsonx.Document) *doc.HostError {
	if doc.Schema(d.Schema()) == doc.SchemaReport && slices.Contains(f.accept, doc.SchemaReport) {
		return nil
	}
	return EarlierError(d)
}

func (f *filter) process(ctx context.Context, d jsonx.Document) (p processed) {
	p.host = subjectOf(d)
	if earlier := f.failedBefore(d); earlier != nil {
		out, err := withoutRefusedHost(d.Raw)
		p.out, p.err, p.earlier, p.passedOn = out, errors.Join(earlier, err), true, true
		return p
	}
	defer func() {
		if v := recover(); v != nil {
			p.out, p.err = nil, f.s.internal(v, debug.Stack())
		}
		if p.err != nil && p.out == nil {
			p.out, p.err = f.withError(d, p.err)
			p.passedOn = true
		}
	}()
	p.out, p.err = f.each(ctx, d)
	if p.err != nil && causeOf(ctx) != nil && errors.Is(p.err, context.Canceled) {
		p.err = causeOf(ctx)
	}
	return p
}

// withError gives the document the `error` member of the failed stage.
func (f *filter) withError(d jsonx.Document, failure error) ([]byte, error) {
	member := Describe(failure)
	member.Stage = f.stage
	member.Message, member.Hint = f.s.scrubbed(member.Message), f.s.scrubbed(member.Hint)
	raw, err := jsonx.Marshal(member)
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	shown, err := withoutRefusedHost(d.Raw)
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	out, err := jsonx.Splice(shown, "error", raw)
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	return out, failure
}

// emit writes what became of one host and tells of its failure.
func (f *filter) emit(p processed) error {
	if p.out == nil && p.err == nil {
		// A host that was not chosen is none of this run.
		return nil
	}
	f.hosts++
	if p.err == nil {
		return f.write(p.out)
	}
	f.failed = append(f.failed, p.err)
	if !IsTerminal(f.s.Stdout) {
		// The next command tells of it too, behind this one.
		f.tell(p)
		return f.write(p.out)
	}
	// A person reads the end, and there is no next command to pass a document on to.
	defer f.tell(p)
	if p.passedOn {
		return nil
	}
	return f.write(p.out)
}

// write writes a document in one write.
func (f *filter) write(out []byte) error {
	if len(out) == 0 {
		return nil
	}
	if out[len(out)-1] != '\n' {
		out = append(out[:len(out):len(out)], '\n')
	}
	_, err := f.s.Stdout.Write(out)
	return err
}

// tell prints a line for each reason, and its hint, that name the host. A failure of
// an earlier stage is told with all that is known of it, since the documents may be of
// a file of yesterday, but where it was told above.
func (f *filter) tell(p processed) {
	var earlier *doc.HostError
	if p.earlier && errors.As(p.err, &earlier) {
		if f.toldAbove(earlier) {
			f.hear(earlier.Stage, p.host.name)
			return
		}
		p.err = &Error{
			Message: fmt.Sprintf("nothing done, it failed in %s: %s", or(earlier.Stage, "an earlier stage"), earlier.Message),
			Hint:    earlier.Hint,
		}
	}
	reasons := listed(p.err)
	if reasons == nil {
		reasons = []error{p.err}
	}
	hinted := map[string]bool{}
	for _, reason := range reasons {
		d := Describe(reason)
		f.s.line("error:", p.host.says(d.Message))
		if d.Hint != "" && !hinted[d.Hint] {
			f.s.line("hint:", d.Hint)
		}
		hinted[d.Hint] = true
	}
}

// verdict is the error of the whole stream.
func (f *filter) verdict(ctx context.Context, readErr error) error {
	f.sayHeard()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if readErr != nil && !errors.Is(readErr, io.EOF) {
		return readErr
	}
	if len(f.failed) == 0 {
		return nil
	}
	told := &Error{Exit: exitOf(&several{f.failed}), Cause: &hostsFailed{failed: len(f.failed), of: f.hosts}}
	if f.hosts > 1 {
		told.Message = fmt.Sprintf("%d of %d hosts failed", len(f.failed), f.hosts)
	}
	return told
}

// hostsFailed is the cause of an error that counts hosts.
type hostsFailed struct{ failed, of int }

// Error says nothing: the count is in the message, where there are several hosts.
func (e *hostsFailed) Error() string { return "" }

// several hands a list to exitOf.
type several struct{ errs []error }

func (s *several) Error() string   { return errors.Join(s.errs...).Error() }
func (s *several) Unwrap() []error { return s.errs }

// EarlierError is the `error` member of a document that an earlier stage failed
// on, nil when there is none. A member that makes no sense is a failure too.
func EarlierError(d jsonx.Document) *doc.HostError {
	raw, ok := jsonx.Member(d.Raw, "error")
	if !ok {
		return nil
	}
	e := &doc.HostError{
		Stage:   gjson.GetBytes(raw, "stage").String(),
		Code:    gjson.GetBytes(raw, "code").String(),
		Message: or(gjson.GetBytes(raw, "message").String(), "no reason given"),
		Hint:    gjson.GetBytes(raw, "hint").String(),
		Exit:    int(gjson.GetBytes(raw, "exit").Int()),
	}
	if e.Exit < 1 || e.Exit > 255 {
		e.Exit = ExitFailed
	}
	return e
}

// placeOf is where in a document something is missing.
func placeOf(d jsonx.Document, err error) string {
	if gap, ok := errors.AsType[*doc.IncompleteError](err); ok {
		return d.At(gap.Pointer).String()
	}
	return d.Name
}

// HostDocument decodes a document of the stages between hk-eval and hk-plan. A
// member that must be there and is not, is refused like one that has the wrong
// type.
func HostDocument(d jsonx.Document) (doc.HostDocument, error) {
	var h doc.HostDocument
	if err := jsonx.UnmarshalGrown(d, &h); err != nil {
		return h, err
	}
	if err := doc.Complete(d.Raw, h); err != nil {
		return h, Refusef("invalid_document", "%s: %s", placeOf(d, err), err)
	}
	for _, r := range h.Resources {
		if r.Address != doc.NewAddress(r.Kind, r.Name) {
			return h, Refusef("invalid_document", "%s: the resource %s says that it is %s:%s", d.Name, r.Address, r.Kind, r.Name)
		}
	}
	if ps := h.Host.Problems(); len(ps) > 0 {
		at := "/host" + ps[0].Pointer
		return h, Refusef("invalid_document", "%s: %s: %s", d.At(at), at, ps[0].Message).WithHint("%s", ps[0].Hint)
	}
	return h, nil
}
