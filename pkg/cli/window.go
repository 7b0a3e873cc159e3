package cli

import (
	"context"
	"sync"

	"hostkit/pkg/jsonx"
)

// window is the documents that are being worked on.
type window struct {
	// results is closed when the stream has ended and all work is done.
	results chan processed
	// readErr is why the stream ended, valid once results is closed.
	readErr error
}

// startWindow reads with next until that fails or ctx ends, and runs work on
// p.Hosts documents at once. A document holds a place from before it is read
// until its result is taken, so that what is in memory is bounded.
func startWindow(
	ctx context.Context, p Parallel,
	next func() (jsonx.Document, error),
	work func(context.Context, jsonx.Document) processed,
) *window {
	hosts := max(p.Hosts, 1)
	w := &window{results: make(chan processed)}
	running := make(chan struct{}, hosts)
	if p.Unordered {
		go w.unordered(ctx, running, next, work)
		return w
	}
	// Results come in input order: the queue holds one promise per document.
	queue := make(chan chan processed, hosts-1)
	go func() {
		defer close(queue)
		w.readErr = pump(ctx, next, func(d jsonx.Document) {
			promise := make(chan processed, 1)
			queue <- promise
			running <- struct{}{}
			go func() {
				promise <- work(ctx, d)
				<-running
			}()
		})
	}()
	go func() {
		defer close(w.results)
		for promise := range queue {
			w.results <- <-promise
		}
	}()
	return w
}

func (w *window) unordered(
	ctx context.Context, running chan struct{},
	next func() (jsonx.Document, error),
	work func(context.Context, jsonx.Document) processed,
) {
	defer close(w.results)
	var all sync.WaitGroup
	w.readErr = pump(ctx, next, func(d jsonx.Document) {
		running <- struct{}{}
		all.Go(func() {
			w.results <- work(ctx, d)
			<-running
		})
	})
	all.Wait()
}

// pump gives the documents to do, one after the other.
func pump(ctx context.Context, next func() (jsonx.Document, error), do func(jsonx.Document)) error {
	for ctx.Err() == nil {
		d, err := next()
		if err != nil {
			return err
		}
		do(d)
	}
	return ctx.Err()
}

// drain waits for the hosts that are being worked on and drops what comes of
// them.
func (w *window) drain() {
	for range w.results {
	}
}
