package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// closeGrace is how long a stream may stay open after the other one, or the
// host's stdin, has ended. What still comes says why.
const closeGrace = time.Second

// part is one stream's half of a result.
type part struct {
	status  int
	kept    []byte
	dropped int64
}

// event is what a goroutine of a run tells the one that called Run.
type event struct {
	// from is 0 for stdout, 1 for stderr, 2 for the writer.
	from int
	// part is set when a reader has read a step; otherwise the goroutine ended.
	part *part
	err  error
}

// run is the state of one call of Run.
type run struct {
	s     *Session
	steps []Step
	each  func(int, Result) error
	first int
	done  int
	parts [2][]*part
	// ended says which goroutines told that they ended, and how.
	ended  [3]bool
	errs   [3]error
	events chan event
	// kept counts the bytes kept by both readers.
	kept atomic.Int64
	wg   sync.WaitGroup
	// content is the first error of reading a Content; the writer's own until
	// it has ended.
	content error
	// unmet says that a required step failed.
	unmet bool
	// last is the error of each at the last result.
	last error
	// broken is the first sign that the host's end is closed.
	broken error
	grace  <-chan time.Time
}

func (s *Session) run(ctx context.Context, steps []Step, each func(int, Result) error, last bool) error {
	if s.over != nil {
		return s.over
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	scripts, err := scriptsOf(steps)
	if err != nil {
		return err
	}
	if len(steps) == 0 && !last {
		return nil
	}
	r := &run{s: s, steps: steps, each: each, first: s.next}
	r.events = make(chan event, 2*len(steps)+3)
	s.next += len(steps)
	if last {
		s.over = errors.New("the session was ended by its last run")
	}
	r.start(scripts, last)
	err = r.collect(ctx)
	if err != nil && !r.inStep() {
		s.stream.Close()
	}
	r.wg.Wait()
	return r.finish(err)
}

// started says that the host has begun a step.
func (s *Session) started() bool { return s.begun.Load() >= 0 }

func (r *run) start(scripts []string, last bool) {
	r.wg.Add(3)
	go func() {
		defer r.wg.Done()
		r.events <- event{from: 2, err: r.write(scripts, last)}
	}()
	for from := range 2 {
		go func() {
			defer r.wg.Done()
			r.events <- event{from: from, err: r.read(from)}
		}()
	}
}

// collect hands results on until all are in and everything is written.
func (r *run) collect(ctx context.Context) error {
	var late <-chan time.Time
	if r.s.limit > 0 && len(r.steps) > 0 && !r.s.started() {
		timer := time.NewTimer(r.s.limit)
		defer timer.Stop()
		late = timer.C
	}
	for r.done < len(r.steps) || !r.ended[2] || r.unmet {
		select {
		case e := <-r.events:
			if err := r.take(e); err != nil {
				return err
			}
		case <-r.grace:
			return r.broken
		case <-late:
			if !r.s.started() {
				return r.s.late
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if r.broken != nil && r.ended[0] && r.ended[1] && (r.ended[2] || !passedOver(r.broken)) {
			return r.broken
		}
	}
	return nil
}

// take deals with one event. A stream that ended is no error yet: the other one
// may hold results that are complete, and the reason.
func (r *run) take(e event) error {
	if e.part != nil {
		r.parts[e.from] = append(r.parts[e.from], e.part)
		return r.join()
	}
	r.ended[e.from], r.errs[e.from] = true, e.err
	switch e.err.(type) {
	case nil:
		return nil
	case *ProtocolError, *NoiseError, *MissingToolsError, *limitError:
		return e.err
	}
	// Of an error in writing and the end of a stream, the latter says more.
	if r.broken == nil || e.from != 2 && !passedOver(r.broken) {
		r.broken = e.err
	}
	// What the host passes over may take long to send.
	if r.grace == nil && !passedOver(e.err) {
		r.grace = time.After(closeGrace)
	}
	return nil
}

// join hands on the next results of which both halves are in.
func (r *run) join() error {
	for r.done < min(len(r.parts[0]), len(r.parts[1])) {
		i := r.done
		out, err := r.parts[0][i], r.parts[1][i]
		r.parts[0][i], r.parts[1][i] = nil, nil
		if out.status != err.status {
			return &ProtocolError{Reason: fmt.Sprintf("exit status of step %d is %d on stdout and %d on stderr",
				r.first+i, out.status, err.status)}
		}
		r.done++
		r.unmet = r.steps[i].Required && out.status != 0
		dropped := out.dropped + err.dropped
		result := Result{
			Status: out.status, Stdout: out.kept, Stderr: err.kept,
			Dropped: dropped, Truncated: dropped > 0,
		}
		if err := r.each(i, result); err != nil {
			if r.done < len(r.steps) {
				return &eachError{err}
			}
			r.last = err
		}
	}
	return nil
}

// eachError marks an error as the caller's own.
type eachError struct{ error }

// finish turns what ended the run into what Run returns.
func (r *run) finish(err error) error {
	if err == nil {
		if r.last != nil {
			return r.last
		}
		return r.content
	}
	switch e := err.(type) {
	case *eachError:
		err = e.error
	case *limitError:
		err = &LimitError{Completed: r.done}
	default:
		if err == r.broken {
			err = r.closed(err)
		}
	}
	if r.inStep() && r.s.over == nil {
		r.s.opening += "go\n"
		return err
	}
	r.s.over = err
	return err
}

// inStep reports whether the host has passed over the rest of the run, all of which
// was sent, and waits for the next.
func (r *run) inStep() bool {
	return r.ended == [3]bool{true, true, true} && passedOver(r.broken) && r.errs == [3]error{r.broken, r.broken, nil}
}

// closed says in which step the host's end closed, and what it said.
func (r *run) closed(err error) error {
	switch err {
	case errStopped:
		return &StoppedError{Steps: len(r.steps), Completed: r.done}
	case errRequired:
		return &RequiredError{Step: r.steps[r.done-1].Name, Steps: len(r.steps), Completed: r.done}
	}
	e := &ClosedError{Steps: len(r.steps), Completed: r.done, Begun: r.s.started()}
	if !errors.Is(err, io.EOF) {
		e.Err = err
	}
	if begun := int(r.s.begun.Load()) - r.first; begun >= r.done && begun < len(r.steps) {
		e.Running = r.steps[begun].Name
	}
	for _, f := range r.s.out {
		if f.synced {
			continue
		}
		if err := bootstrapError(f.noise); err != nil {
			return err
		}
		if said := lastLine(f.noise); said != "" {
			e.Said = said
		}
		e.Noise += string(f.noise)
	}
	return e
}
