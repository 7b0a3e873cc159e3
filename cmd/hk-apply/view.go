package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/render"
)

// redraw is how often the lines at the foot of a terminal rewrite themselves at
// most.
const redraw = 200 * time.Millisecond

// view tells people what happens, as the events say: in lines, and at a terminal
// with a line at its foot for each host that is under way. A quiet one tells nothing.
type view struct {
	s cli.Streams
	// status is nil where there is nothing to rewrite.
	status *cli.Status

	mu       sync.Mutex
	progress render.Progress
	quiet    bool

	over, ended chan struct{}
}

// newView shows the applying of so many hosts on the streams, which are to be used
// from now on. Close ends it.
func newView(s cli.Streams, hosts int, quiet, verbose bool) (*view, cli.Streams) {
	v := &view{quiet: quiet, over: make(chan struct{}), ended: make(chan struct{})}
	if !quiet {
		s, v.status = s.WithStatus()
	}
	v.s = s
	v.progress = render.Progress{Hosts: hosts, Verbose: verbose, Seen: v.status != nil}
	if v.status == nil {
		close(v.ended)
		return v, s
	}
	go v.draw()
	return v, s
}

// draw rewrites the lines until the view is closed. A process that was stopped and
// goes on (SIGCONT) finds other text above its cursor than its own.
func (v *view) draw() {
	defer close(v.ended)
	again := time.NewTicker(redraw)
	defer again.Stop()
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	for {
		select {
		case <-v.over:
			v.status.Clear()
			return
		case <-goesOn:
			v.status.Forget()
		case now := <-again.C:
			columns, rows := v.status.Size()
			v.status.Show(v.lines(now, columns-1, rows-1)...)
		}
	}
}

func (v *view) lines(now time.Time, columns, rows int) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.progress.Lines(now, columns, rows)
}

func (v *view) emit(e doc.Event) {
	if v.quiet {
		return
	}
	v.mu.Lock()
	told := v.progress.Add(e, time.Now())
	v.mu.Unlock()
	for _, line := range told {
		v.s.Say("%s", line)
	}
}

// report tells what became of a host; of one that has failed that is an error's.
func (v *view) report(r doc.Report) {
	if !v.quiet && r.Error == nil {
		v.s.Say("%s", render.ReportLine(r))
	}
}

// Close removes what is drawn.
func (v *view) Close() {
	close(v.over)
	<-v.ended
}
